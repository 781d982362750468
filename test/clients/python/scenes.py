"""Runs the scenes of a script in order and prints what they returned as one JSON object."""

import json
import sys
import traceback

server = sys.argv[1]
"""The server's address, without a slash at the end."""

_outcomes = {}


def scene(play):
    """Plays a function at once and keeps what it returns, or its traceback when it raises."""
    try:
        _outcomes[play.__name__] = {"answer": play()}
    except Exception:
        _outcomes[play.__name__] = {"raised": traceback.format_exc()}
    return play


def finish():
    """Prints everything; to be called at the end of a script."""
    print(json.dumps(_outcomes))
