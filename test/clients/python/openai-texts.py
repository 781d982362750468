"""Completions and embeddings by OpenAI's own package."""

import base64
import struct

import openai
from scenes import finish, scene, server

client = openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0, timeout=60)
model = "smollm2-135m-instruct"
prompt = {"model": model, "prompt": "Once upon a time", "temperature": 0, "max_tokens": 8}
sentences = ["a cat sits on the mat", "a kitten rests on the rug", "the stock market crashed today"]


@scene
def completion():
    whole = client.completions.create(**prompt)
    chunks = list(client.completions.create(**prompt, stream=True, stream_options={"include_usage": True}))
    return {
        "whole": whole.choices[0].text,
        "streamed": "".join(chunk.choices[0].text for chunk in chunks if chunk.choices),
        "tokens": [whole.usage.completion_tokens, chunks[-1].usage.completion_tokens],
        "finish": whole.choices[0].finish_reason,
    }


@scene
def echo_with_logprobs():
    answer = client.completions.create(**prompt, echo=True, logprobs=2).choices[0]
    return {
        "text": answer.text,
        "tokens": answer.logprobs.tokens,
        "chances": answer.logprobs.token_logprobs,
        "offsets": answer.logprobs.text_offset,
        "top": [None if top is None else len(top) for top in answer.logprobs.top_logprobs],
    }


@scene
def several_prompts():
    answer = client.completions.create(
        model=model, prompt=["One, two,", "Red, green,"], n=2, temperature=1, seed=3, max_tokens=4, stop=["."]
    )
    best = client.completions.create(**{**prompt, "temperature": 1, "seed": 5}, best_of=3)
    return {
        "indexes": [choice.index for choice in answer.choices],
        "tokens": answer.usage.completion_tokens,
        "best": [len(best.choices), best.usage.completion_tokens],
    }


@scene
def refusals():
    def refused(**changes):
        try:
            client.completions.create(**{**prompt, **changes})
        except openai.APIStatusError as error:
            return [type(error).__name__, error.param, error.code]

    return {
        "suffix": refused(suffix=" and they lived happily ever after."),
        "best_of": refused(best_of=1, n=2),
        "logprobs": refused(logprobs=6),
    }


@scene
def embeddings():
    def create(**changes):
        return client.embeddings.create(model="all-minilm-l6-v2", input=sentences, **changes)

    def decode(text):
        data = base64.b64decode(text)
        return list(struct.unpack(f"<{len(data) // 4}f", data))

    plain = create(encoding_format="float")
    return {
        # Without a format the package asks for base64 and decodes it itself.
        "own": [row.embedding for row in create().data],
        "plain": [row.embedding for row in plain.data],
        "coded": [decode(row.embedding) for row in create(encoding_format="base64").data],
        "shorter": [len(row.embedding) for row in create(dimensions=64, encoding_format="float").data],
        "tokens": [plain.usage.prompt_tokens, plain.usage.total_tokens],
    }


finish()
