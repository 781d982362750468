"""LiteLLM, as an application or a gateway would use it in front of this server."""

import json
from typing import Literal

import litellm
from pydantic import BaseModel, Field
from scenes import finish, scene, server

litellm.telemetry = False
place = {"api_base": f"{server}/v1", "api_key": "none", "timeout": 60, "max_retries": 0}
model = {**place, "model": "openai/smollm2-135m-instruct", "temperature": 0, "max_tokens": 16}
messages = [
    {"role": "system", "content": "Answer in few words."},
    {"role": "user", "content": "What is the capital of France?"},
]
documents = ["The cat sits on the mat.", "Shares fell sharply on Monday.", "A kitten sleeps on a rug."]


class City(BaseModel):
    name: str = Field(pattern="^[A-Z][a-z]{2,9}$")
    climate: Literal["cold", "mild", "hot"]


heating = {
    "type": "function",
    "function": {
        "name": "set_heating",
        "description": "Sets the heating of a room.",
        "parameters": {
            "type": "object",
            "properties": {
                "room": {"type": "string", "enum": ["kitchen", "bath"]},
                "degrees": {"type": "integer", "minimum": 5, "maximum": 30},
            },
            "required": ["room", "degrees"],
        },
    },
}


@scene
def completion():
    whole = litellm.completion(**model, messages=messages)
    stream = litellm.completion(**model, messages=messages, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    built = litellm.stream_chunk_builder(chunks, messages=messages)
    return {
        "whole": whole.choices[0].message.content,
        "streamed": built.choices[0].message.content,
        "finish": [whole.choices[0].finish_reason, built.choices[0].finish_reason],
        "usage": [whole.usage.completion_tokens, built.usage.completion_tokens],
    }


@scene
def text_completion():
    answer = litellm.text_completion(
        **{**model, "model": "text-completion-openai/smollm2-135m-instruct"}, prompt="Once upon a time"
    )
    return {"text": answer.choices[0].text}


@scene
def tool_run():
    history = [{"role": "user", "content": "It is cold in the kitchen."}]
    call = litellm.completion(
        **{**model, "max_tokens": 120}, messages=history, tools=[heating], tool_choice="required"
    ).choices[0]
    history.append(call.message.model_dump())
    for made in call.message.tool_calls:
        history.append({"role": "tool", "tool_call_id": made.id, "content": "done"})
    final = litellm.completion(**model, messages=history, tools=[heating], tool_choice="none").choices[0]
    return {
        "finish": call.finish_reason,
        "calls": [[made.function.name, json.loads(made.function.arguments)] for made in call.message.tool_calls],
        "final": final.message.content,
    }


@scene
def structured():
    answer = litellm.completion(
        **{**model, "max_tokens": 120},
        messages=[{"role": "user", "content": "Describe a city."}],
        response_format=City,
    )
    return City.model_validate_json(answer.choices[0].message.content).model_dump()


@scene
def embedding():
    answer = litellm.embedding(
        **{**place, "model": "openai/all-minilm-l6-v2"},
        input=["a cat sits on the mat", "a kitten rests on the rug", "the stock market crashed today"],
        encoding_format="float",
    )
    return {"vectors": [row["embedding"] for row in answer.data], "tokens": answer.usage.prompt_tokens}


def rerank(provider, **changes):
    answer = litellm.rerank(
        model=f"{provider}/all-minilm-l6-v2",
        query="Where is the cat?",
        documents=documents,
        **{"api_base": f"{server}/v1", "api_key": "none", **changes},
    )
    return [[row["index"], row["relevance_score"]] for row in answer.results]


@scene
def rerank_as_vllm():
    return {"all": rerank("hosted_vllm"), "two": rerank("hosted_vllm", top_n=2)}


@scene
def rerank_as_jina():
    return rerank("jina_ai", api_base=f"{server}/v1/rerank", return_documents=True)


@scene
def responses():
    call = {**place, "model": "openai/smollm2-135m-instruct", "input": messages}
    whole = litellm.responses(**call, temperature=0, max_output_tokens=16)
    events = list(litellm.responses(**call, temperature=0, max_output_tokens=16, stream=True))
    return {
        "whole": "".join(part.text for item in whole.output for part in item.content),
        "streamed": "".join(event.delta for event in events if event.type == "response.output_text.delta"),
    }


@scene
def refusal():
    try:
        litellm.completion(**{**model, "model": "openai/absent"}, messages=messages)
    except litellm.NotFoundError as error:
        return {"is_named": "absent" in str(error)}


finish()
