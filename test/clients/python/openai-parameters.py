"""Every parameter that OpenAI's own package can send, alone, as null: what it knows must be known."""

from typing import get_type_hints

import openai
from openai.types import completion_create_params, embedding_create_params
from openai.types.chat import completion_create_params as chat_create_params
from openai.types.responses import input_token_count_params, response_create_params
from scenes import finish, scene, server

client = openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, timeout=60)


def refused(path, parameters, body):
    """The parameters that are refused, with what the server says of them."""
    answers = {}
    for name in sorted(get_type_hints(parameters).keys() - body.keys()):
        try:
            client.post(path, body={**body, name: None}, cast_to=object)
        except openai.APIStatusError as error:
            answers[name] = error.message
    return {"count": len(get_type_hints(parameters)), "refused": answers}


@scene
def chat():
    body = {"model": "smollm2", "messages": [{"role": "user", "content": "Hi"}]}
    return refused("/chat/completions", chat_create_params.CompletionCreateParamsBase, body)


@scene
def completions():
    body = {"model": "smollm2", "prompt": "Hi"}
    return refused("/completions", completion_create_params.CompletionCreateParamsBase, body)


@scene
def embeddings():
    return refused("/embeddings", embedding_create_params.EmbeddingCreateParams, {"model": "minilm", "input": "Hi"})


@scene
def responses():
    return refused("/responses", response_create_params.ResponseCreateParamsBase, {"model": "smollm2", "input": "Hi"})


@scene
def input_tokens():
    body = {"model": "smollm2", "input": "Hi"}
    return refused("/responses/input_tokens", input_token_count_params.InputTokenCountParams, body)


finish()
