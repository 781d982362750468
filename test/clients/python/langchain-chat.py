"""LangChain's models for the OpenAI API: chat, tools, structured output, embeddings, and the Responses API."""

from typing import Literal

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, ConfigDict, Field
from scenes import finish, scene, server


def chat(**changes):
    settings = {"max_tokens": 16, "temperature": 0, "max_retries": 0, "timeout": 60, **changes}
    return ChatOpenAI(model="smollm2-135m-instruct", base_url=f"{server}/v1", api_key="none", **settings)


class City(BaseModel):
    """A city."""

    name: str = Field(pattern="^[A-Z][a-z]{2,9}$")
    climate: Literal["cold", "mild", "hot"]


class set_heating(BaseModel):
    """Sets the heating of a room."""

    model_config = ConfigDict(extra="forbid")

    room: Literal["kitchen", "bath"]
    degrees: int = Field(ge=5, le=30)


question = [SystemMessage("Answer in few words."), HumanMessage("What is the capital of France?")]


@scene
def invoke_and_stream():
    whole = chat().invoke(question)
    chunks = list(chat(stream_usage=True).stream(question))
    assembled = chunks[0]
    for chunk in chunks[1:]:
        assembled += chunk
    return {
        "whole": whole.text,
        "streamed": assembled.text,
        "pieces": len(chunks),
        "finish": [message.response_metadata["finish_reason"] for message in (whole, assembled)],
        "usage": [message.usage_metadata["output_tokens"] for message in (whole, assembled)],
    }


@scene
def batch_and_logprobs():
    answers = chat(logprobs=True, top_logprobs=1).batch([question, question])
    return {
        "texts": [answer.text for answer in answers],
        "logprobs": ["".join(it["token"] for it in a.response_metadata["logprobs"]["content"]) for a in answers],
    }


@scene
def tool_run():
    bound = chat(max_tokens=120).bind_tools([set_heating], tool_choice="any")
    messages = [HumanMessage("It is cold in the kitchen.")]
    call = bound.invoke(messages)
    streamed = None
    for chunk in bound.stream(messages):
        streamed = chunk if streamed is None else streamed + chunk
    results = [ToolMessage("done", tool_call_id=made["id"]) for made in call.tool_calls]
    final = chat().bind_tools([set_heating], tool_choice="none").invoke([*messages, call, *results])
    return {
        "calls": [[made["name"], set_heating.model_validate(made["args"]).model_dump()] for made in call.tool_calls],
        "invalid": call.invalid_tool_calls,
        "streamed": [[made["name"], made["args"]] for made in streamed.tool_calls],
        "final": final.text,
    }


def structured(method):
    model = chat(max_tokens=120).with_structured_output(City, method=method, include_raw=True)
    answer = model.invoke("Describe a city.")
    if answer["parsing_error"]:
        raise answer["parsing_error"]
    partials = list(chat(max_tokens=120).with_structured_output(City, method=method).stream("Describe a city."))
    return {"parsed": answer["parsed"].model_dump(), "streamed": partials[-1].model_dump()}


@scene
def structured_by_schema():
    return structured("json_schema")


@scene
def structured_by_function():
    return structured("function_calling")


@scene
def structured_by_json_mode():
    answer = chat(max_tokens=60).with_structured_output(None, method="json_mode").invoke("Describe a city in JSON.")
    return {"is_object": isinstance(answer, dict)}


@scene
def embeddings():
    # It would count the tokens with OpenAI's own vocabulary otherwise, and send token ids of it.
    model = OpenAIEmbeddings(
        model="all-minilm-l6-v2",
        base_url=f"{server}/v1",
        api_key="none",
        check_embedding_ctx_length=False,
    )
    texts = ["a cat sits on the mat", "a kitten rests on the rug", "the stock market crashed today"]
    return {"documents": model.embed_documents(texts), "query": model.embed_query(texts[0])}


@scene
def responses():
    model = chat(use_responses_api=True)
    whole = model.invoke(question)
    assembled = None
    for chunk in model.stream(question):
        assembled = chunk if assembled is None else assembled + chunk
    call = chat(use_responses_api=True, max_tokens=120).bind_tools([set_heating], tool_choice="any")
    made = call.invoke("It is cold in the kitchen.").tool_calls
    parsed = chat(use_responses_api=True, max_tokens=120).with_structured_output(City).invoke("Describe a city.")
    following = chat(use_responses_api=True, use_previous_response_id=True).invoke(
        [*question, whole, HumanMessage("And of Spain?")]
    )
    return {
        "whole": whole.text,
        "streamed": assembled.text,
        "usage": [message.usage_metadata["output_tokens"] for message in (whole, assembled)],
        "calls": [[it["name"], set_heating.model_validate(it["args"]).model_dump()] for it in made],
        "parsed": parsed.model_dump(),
        "following": isinstance(following, AIMessage) and following.text,
    }


finish()
