import { listNames } from '../../../protocol/openai/extensions.ts'
import { idleInResponses } from '../../../protocol/openai/responses/idle.ts'
import { refusedInResponses } from '../../../protocol/openai/responses/refused.ts'

/** What POST /v1/responses does, in Markdown. */
export const responseDescription = `Answers a text or the items of a conversation with the model's own chat template: whole, as events, or later
in the background.

**Kept responses.** Unless the request says \`"store": false\`, the response and its input are kept in the data folder
(\`store_path\` in config.yaml): in plain text, in a file that only its owner may read, for 30 days (\`response_days\`), or as
long as a younger response continues it. \`previous_response_id\` continues a kept response: its input and output, and those
of all before it, stand before this request's own; its instructions do not. \`item_reference\` takes an item of any kept
response. What was asked for with an API key is there for that key, and for those of the scope admin, alone. With
\`"store": false\` nothing is written to the disk.

**Events.** Each has an \`event:\` line with its type; \`sequence_number\` counts them from 0, and nothing follows the last
one. While the model loads, while the request waits for its turn and while the prompt is read, the stream carries
comments. What goes wrong before the model has taken the request is an answer of its own, or an \`error\` event where the
stream has begun; what goes wrong later is \`response.failed\`.

**In the background.** \`"background": true\` answers at once with the status \`queued\`. GET /v1/responses/{id} tells how it
goes, and with \`stream=true&starting_after=N\` tells its events again from any place;
POST /v1/responses/{id}/cancel ends it. The client may leave. A response that was not complete when the server stopped is
\`failed\`.

A text that must be JSON (\`text.format\`) and the arguments of calls are held to their schemas while they are generated. A
conversation that does not fit into the context is refused, never cut. What the model thought is in the answer as
\`reasoning\` items with their whole content and without summaries; \`reasoning.encrypted_content\` repeats it encoded, so
that clients which keep only that can send it back.

**Tools.** Functions, custom tools, whose calls carry any text or one that a regular expression allows, and namespaces of
both. The model knows functions only: a custom tool is one of a single text to it, and the name of a namespace stands
before the names of its tools (\`disk__read\`).

Refused: ${listNames(refusedInResponses)}, \`truncation: "auto"\`, tools that run on the server
(\`web_search\`, \`image_generation\` …), grammars in Lark, and images, audio and files.
These are let through and have no effect: ${listNames(idleInResponses)}, and what
items copied from an answer say beside the fields listed here (\`status\`, \`phase\`, \`annotations\`, \`logprobs\` …).`
