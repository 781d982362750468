"""Cohere's own client, ranking documents."""

import cohere
from scenes import finish, scene, server

client = cohere.Client(base_url=server, api_key="none", timeout=60)
documents = ["The cat sits on the mat.", "Shares fell sharply on Monday.", "A kitten sleeps on a rug."]
query = "Where is the cat?"


@scene
def ranked():
    answer = client.rerank(model="all-minilm-l6-v2", query=query, documents=documents, return_documents=True)
    return [[row.index, row.relevance_score, row.document.text] for row in answer.results]


@scene
def best():
    answer = client.rerank(model="all-minilm-l6-v2", query=query, documents=[{"text": it} for it in documents], top_n=1)
    return [[row.index, row.relevance_score] for row in answer.results]


@scene
def second_version():
    second = cohere.ClientV2(base_url=server, api_key="none", timeout=60)
    answer = second.rerank(model="all-minilm-l6-v2", query=query, documents=documents, top_n=2)
    return [[row.index, row.relevance_score] for row in answer.results]


finish()
