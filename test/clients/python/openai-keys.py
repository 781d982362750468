"""What OpenAI's own package makes of a key that is refused."""

import openai
from scenes import finish, scene, server


def client(key):
    return openai.OpenAI(base_url=f"{server}/v1", api_key=key, max_retries=0, timeout=60)


def refused(call):
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code]


@scene
def wrong_key():
    return refused(lambda: client("sk-wrong").models.list())


@scene
def wrong_key_of_a_stream():
    messages = [{"role": "user", "content": "Hi"}]
    return refused(lambda: client("sk-wrong").chat.completions.create(model="any", messages=messages, stream=True))


@scene
def right_key():
    return len(client("given").models.list().data)


finish()
