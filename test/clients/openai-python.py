"""Chats, streams and embeds against the server whose address is the first argument; prints what came as one JSON object."""

import json
import sys

import openai

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="none", max_retries=0)
question = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "temperature": 0,
    "max_tokens": 16,
}

whole = client.chat.completions.create(**question)
stream = client.chat.completions.create(**question, stream=True, stream_options={"include_usage": True})
chunks = list(stream)
embedding = client.embeddings.create(model="all-minilm-l6-v2", input=json.loads(sys.argv[2]))
try:
    client.chat.completions.create(**{**question, "model": "absent"})
    refusal = "none"
except openai.NotFoundError as error:
    refusal = error.param

print(
    json.dumps(
        {
            "models": [model.id for model in client.models.list()],
            "whole": whole.choices[0].message.content,
            "streamed": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
            "wholeTokens": whole.usage.completion_tokens,
            "streamedTokens": chunks[-1].usage.completion_tokens,
            "vectors": [row.embedding for row in embedding.data],
            "refusedParam": refusal,
        }
    )
)
