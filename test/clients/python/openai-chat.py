"""Chat completions by OpenAI's own package: whole, streamed, parsed, with tools and with the parameters around them."""

import json
from typing import Literal

import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from pydantic import BaseModel, Field
from scenes import finish, scene, server

client = openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, timeout=60)
model = "smollm2-135m-instruct"
question = {
    "model": model,
    "messages": [
        # Shortly asked and shortly answered: a model is sure of each word then, and says the same each time.
        {"role": "system", "content": "Answer in few words."},
        {"role": "user", "content": "What is the capital of France?"},
    ],
    "temperature": 0,
    "max_tokens": 16,
}


class City(BaseModel):
    name: str = Field(pattern="^[A-Z][a-z]{2,9}$")
    people: int = Field(ge=1, le=99)
    climate: Literal["cold", "mild", "hot"]
    districts: list[Literal["north", "south"]] = Field(min_length=1, max_length=2)
    mayor: str | None = Field(max_length=8)


class SetHeating(BaseModel):
    """Sets the heating of a room."""

    room: Literal["kitchen", "bath"]
    degrees: int = Field(ge=5, le=30)


heating = openai.pydantic_function_tool(SetHeating, name="set_heating")
warmer = {"role": "user", "content": "It is cold in the kitchen."}


@scene
def models():
    return [found.id for found in client.models.list()]


@scene
def whole_and_streamed():
    whole = client.chat.completions.create(**question)
    stream = client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    return {
        "whole": whole.choices[0].message.content,
        "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "finish": [whole.choices[0].finish_reason, chunks[-2].choices[0].finish_reason],
        "tokens": [whole.usage.completion_tokens, chunks[-1].usage.completion_tokens],
        "ids": len({chunk.id for chunk in chunks}),
    }


@scene
def stream_helper():
    with client.chat.completions.stream(**question, logprobs=True, top_logprobs=2) as stream:
        events = list(stream)
        try:
            final = stream.get_final_completion()
        except openai.LengthFinishReasonError as error:
            # The package takes every answer of full length for one that could not be parsed.
            final = error.completion
    return {
        "types": sorted({event.type for event in events}),
        "deltas": "".join(event.delta for event in events if event.type == "content.delta"),
        "content": final.choices[0].message.content,
        "logprobs": "".join(token.token for token in final.choices[0].logprobs.content),
        "whole": client.chat.completions.create(**question).choices[0].message.content,
    }


@scene
def parse():
    messages = [{"role": "user", "content": "Describe a city."}]
    answer = client.chat.completions.parse(
        model=model, messages=messages, response_format=City, temperature=0, max_tokens=120
    )
    return {
        "finish": answer.choices[0].finish_reason,
        "parsed": answer.choices[0].message.parsed.model_dump(),
        "content": json.loads(answer.choices[0].message.content),
    }


@scene
def parse_streamed():
    messages = [{"role": "user", "content": "Describe a city."}]
    call = {"model": model, "messages": messages, "response_format": City, "temperature": 0, "max_tokens": 120}
    with client.chat.completions.stream(**call) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "content.delta")
        final = stream.get_final_completion().choices[0].message
    return {
        "deltas": deltas,
        "content": final.content,
        "parsed": final.parsed.model_dump(),
        "whole": client.chat.completions.parse(**call).choices[0].message.content,
    }


@scene
def logprobs():
    answer = client.chat.completions.create(**question, logprobs=True, top_logprobs=3).choices[0]
    return {
        "content": answer.message.content,
        "tokens": [
            {
                "text": token.token,
                "bytes": token.bytes,
                "logprob": token.logprob,
                "top": [[other.token, other.logprob] for other in token.top_logprobs],
            }
            for token in answer.logprobs.content
        ],
    }


@scene
def several_choices():
    call = {**question, "temperature": 1, "seed": 7, "n": 3, "max_tokens": 8}
    whole = client.chat.completions.create(**call)
    state = ChatCompletionStreamState()
    for chunk in client.chat.completions.create(**call, stream=True, stream_options={"include_usage": True}):
        state.handle_chunk(chunk)
    streamed = state.current_completion_snapshot
    return {
        "indexes": [choice.index for choice in whole.choices],
        "whole": [choice.message.content for choice in whole.choices],
        "streamed": [choice.message.content for choice in sorted(streamed.choices, key=lambda it: it.index)],
        "tokens": [whole.usage.completion_tokens, streamed.usage.completion_tokens],
    }


@scene
def tool_run():
    """The loop of every agent: the model calls, the program answers, the model goes on."""
    messages = [warmer]
    call = client.chat.completions.parse(
        model=model, messages=messages, tools=[heating], tool_choice="required", temperature=0, max_tokens=120
    ).choices[0]
    made = call.message.tool_calls
    messages.append(call.message)
    for tool_call in made:
        messages.append({"role": "tool", "tool_call_id": tool_call.id, "content": "done"})
    answer = client.chat.completions.create(
        model=model, messages=messages, tools=[heating], tool_choice="none", temperature=0, max_tokens=16
    ).choices[0]
    return {
        "finish": call.finish_reason,
        "content": call.message.content,
        "names": [tool_call.function.name for tool_call in made],
        "arguments": [tool_call.function.parsed_arguments.model_dump() for tool_call in made],
        "final": answer.message.content,
        "finalFinish": answer.finish_reason,
        "finalCalls": answer.message.tool_calls,
    }


@scene
def tool_streamed():
    call = {
        "model": model,
        "messages": [warmer],
        "tools": [heating],
        "tool_choice": {"type": "function", "function": {"name": "set_heating"}},
        "temperature": 0,
        "max_tokens": 120,
    }
    snapshots = []
    with client.chat.completions.stream(**call) as stream:
        for event in stream:
            if event.type == "tool_calls.function.arguments.delta":
                snapshots.append([event.arguments, event.arguments_delta])
        final = stream.get_final_completion().choices[0]
    whole = client.chat.completions.create(**call).choices[0]
    return {
        "snapshots": snapshots,
        "arguments": final.message.tool_calls[0].function.arguments,
        "parsed": final.message.tool_calls[0].function.parsed_arguments.model_dump(),
        "whole": whole.message.tool_calls[0].function.arguments,
        "finish": [final.finish_reason, whole.finish_reason],
    }


@scene
def legacy_functions():
    function = heating["function"]
    old = {"name": function["name"], "description": function["description"], "parameters": function["parameters"]}
    call = client.chat.completions.create(
        model=model,
        messages=[warmer],
        functions=[old],
        function_call={"name": "set_heating"},
        temperature=0,
        max_tokens=120,
    ).choices[0]
    messages = [
        warmer,
        call.message.model_dump(exclude_none=True),
        {"role": "function", "name": "set_heating", "content": "done"},
    ]
    answer = client.chat.completions.create(
        model=model, messages=messages, functions=[old], function_call="none", temperature=0, max_tokens=8
    ).choices[0]
    return {
        "finish": call.finish_reason,
        "name": call.message.function_call.name,
        "arguments": SetHeating.model_validate_json(call.message.function_call.arguments).model_dump(),
        "final": answer.message.content,
    }


@scene
def refusals():
    def refused(**changes):
        try:
            client.chat.completions.create(**{**question, **changes})
        except openai.APIStatusError as error:
            return [type(error).__name__, error.param, error.code]

    return {
        "unknown_model": refused(model="absent"),
        "hot": refused(temperature=3),
        "unknown": refused(extra_body={"colour": "red"}),
        "orphan": refused(messages=[{"role": "tool", "tool_call_id": "call_1", "content": "done"}]),
        "arguments": refused(
            messages=[
                warmer,
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "call_1", "type": "function", "function": {"name": "set_heating", "arguments": "{"}}
                    ],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "done"},
            ]
        ),
        "picture": refused(
            messages=[
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
                }
            ]
        ),
    }


finish()
