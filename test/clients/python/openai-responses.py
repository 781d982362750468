"""The Responses API by OpenAI's own package: text, parsed output, tools, conversations, the background."""

from typing import Literal

import openai
from pydantic import BaseModel, Field
from scenes import finish, scene, server

client = openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, timeout=60)
model = "smollm2-135m-instruct"
question = {
    "model": model,
    "instructions": "Answer in few words.",
    "input": "What is the capital of France?",
    "temperature": 0,
    "max_output_tokens": 16,
}


class City(BaseModel):
    name: str = Field(pattern="^[A-Z][a-z]{2,9}$")
    climate: Literal["cold", "mild", "hot"]


class SetHeating(BaseModel):
    """Sets the heating of a room."""

    room: Literal["kitchen", "bath"]
    degrees: int = Field(ge=5, le=30)


heating = openai.pydantic_function_tool(SetHeating, name="set_heating")["function"]
tool = {"type": "function", **heating}


@scene
def whole_and_streamed():
    whole = client.responses.create(**question)
    events = list(client.responses.create(**question, stream=True))
    return {
        "whole": whole.output_text,
        "streamed": "".join(event.delta for event in events if event.type == "response.output_text.delta"),
        "last": events[-1].response.output_text,
        "types": [event.type for event in events],
        "numbers": [event.sequence_number for event in events],
        "status": [whole.status, events[-1].response.status],
        "incomplete": whole.incomplete_details.reason if whole.incomplete_details else None,
        "usage": whole.usage.model_dump(),
    }


@scene
def stream_helper():
    with client.responses.stream(**question) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    return {"deltas": deltas, "final": final.output_text}


@scene
def parse():
    call = {"model": model, "input": "Describe a city.", "text_format": City, "temperature": 0}
    answer = client.responses.parse(**call, max_output_tokens=80)
    with client.responses.stream(**call, max_output_tokens=80) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    return {
        "parsed": answer.output_parsed.model_dump(),
        "streamed": final.output_parsed.model_dump(),
        "text": [answer.output_text, deltas],
        "status": answer.status,
    }


@scene
def tool_run():
    messages = [{"role": "user", "content": "It is cold in the kitchen."}]
    call = {"model": model, "tools": [tool], "temperature": 0, "max_output_tokens": 120}
    first = client.responses.parse(**call, input=messages, tool_choice="required")
    made = [item for item in first.output if item.type == "function_call"]
    results = [{"type": "function_call_output", "call_id": item.call_id, "output": "done"} for item in made]
    # Once with everything sent again, once by the name of the first response.
    again = client.responses.create(**call, input=messages + first.output + results, tool_choice="none")
    linked = client.responses.create(**call, input=results, previous_response_id=first.id, tool_choice="none")
    return {
        "names": [item.name for item in made],
        "arguments": [SetHeating.model_validate_json(item.arguments).model_dump() for item in made],
        "tokens": [again.usage.input_tokens, linked.usage.input_tokens],
        "again": again.output_text,
        "linked": linked.output_text,
    }


@scene
def tool_streamed():
    call = {
        "model": model,
        "input": "It is cold in the kitchen.",
        "tools": [tool],
        "tool_choice": {"type": "function", "name": "set_heating"},
        "temperature": 0,
        "max_output_tokens": 120,
    }
    with client.responses.stream(**call) as stream:
        events = [event for event in stream if event.type.startswith("response.function_call_arguments")]
        final = stream.get_final_response()
    return {
        "deltas": "".join(event.delta for event in events if event.type.endswith(".delta")),
        "done": [event.arguments for event in events if event.type.endswith(".done")],
        "arguments": [item.arguments for item in final.output if item.type == "function_call"],
    }


def absent(identifier):
    try:
        client.responses.retrieve(identifier)
    except openai.NotFoundError:
        return True
    return False


@scene
def kept():
    made = client.responses.create(**question, metadata={"topic": "cities"})
    found = client.responses.retrieve(made.id)
    items = list(client.responses.input_items.list(made.id))
    following = client.responses.create(
        model=model, input="And of Spain?", previous_response_id=made.id, temperature=0, max_output_tokens=8
    )
    client.responses.delete(made.id)
    unkept = client.responses.create(**question, store=False)
    return {
        "same": found.output_text == made.output_text,
        "metadata": found.metadata,
        "items": [[item.type, item.role, item.content[0].text] for item in items],
        "previous": following.previous_response_id == made.id,
        "longer": following.usage.input_tokens > made.usage.input_tokens,
        "gone": [absent(made.id), absent(unkept.id)],
    }


@scene
def background():
    begun = client.responses.create(**{**question, "max_output_tokens": 4}, background=True)
    state = begun
    while state.status in ("queued", "in_progress"):
        state = client.responses.retrieve(begun.id)
    long = client.responses.create(**{**question, "input": "Tell me a story.", "max_output_tokens": 2000}, background=True)
    cancelled = client.responses.cancel(long.id)
    return {
        "first": begun.status,
        "last": state.status,
        "text": state.output_text,
        "cancelled": [cancelled.status, client.responses.retrieve(long.id).status],
    }


@scene
def refusals():
    def refused(**changes):
        try:
            client.responses.create(**{**question, **changes})
        except openai.APIStatusError as error:
            return [type(error).__name__, error.param, error.code]

    return {
        "previous": refused(previous_response_id="resp_absent"),
        "tool": refused(tools=[{"type": "web_search"}]),
        "unkept_background": refused(background=True, store=False),
    }


finish()
