"""Instructor: pydantic models by tools, by a schema, by JSON mode, and while they are still being written."""

from typing import Literal

import instructor
import openai
from pydantic import BaseModel, Field
from scenes import finish, scene, server

plain = openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, timeout=60)
call = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "Describe a city."}],
    "temperature": 0,
    "max_tokens": 120,
    "max_retries": 0,
}


class City(BaseModel):
    """A city."""

    name: str = Field(pattern="^[A-Z][a-z]{2,9}$")
    climate: Literal["cold", "mild", "hot"]
    districts: list[Literal["north", "south"]] = Field(min_length=1, max_length=2)


def create(mode):
    client = instructor.from_openai(plain, mode=mode)
    city, completion = client.chat.completions.create_with_completion(response_model=City, **call)
    return {"city": city.model_dump(), "finish": completion.choices[0].finish_reason}


@scene
def tools():
    return create(instructor.Mode.TOOLS)


@scene
def strict_tools():
    return create(instructor.Mode.TOOLS_STRICT)


@scene
def schema():
    return create(instructor.Mode.JSON_SCHEMA)


def partials(mode):
    client = instructor.from_openai(plain, mode=mode)
    states = [state.model_dump() for state in client.chat.completions.create_partial(response_model=City, **call)]
    return {"count": len(states), "last": states[-1]}


@scene
def partial_tools():
    return partials(instructor.Mode.TOOLS)


@scene
def partial_schema():
    return partials(instructor.Mode.JSON_SCHEMA)


@scene
def responses():
    client = instructor.from_openai(plain, mode=instructor.Mode.RESPONSES_TOOLS)
    city = client.responses.create(
        model=call["model"], input="Describe a city.", response_model=City, temperature=0, max_output_tokens=120
    )
    return city.model_dump()


finish()
