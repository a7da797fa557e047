"""The model behind the loopback OpenAI server, asked to explain or to repair a query."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KqlRequest:
    """A request to explain or to repair."""

    body: dict[str, Any]

    @property
    def system(self) -> str:
        """The rules, with tables and columns."""
        return str(self.body["messages"][0]["content"])

    @property
    def blocks(self) -> list[str]:
        """What stands between boundaries, in order: the query, then (for a repair) the problem."""
        found = re.search(r"\bKQL-[0-9a-f]{16}\b", self.system)
        assert found, "the rules name no boundary"
        user = "\n\n".join(m["content"] for m in self.body["messages"] if m["role"] == "user")
        return [part.strip("\n") for part in user.split(found[0])[1::2]]


def scripted_explanation(request: KqlRequest) -> dict[str, Any]:
    """A passage for each line."""
    lines = [line.partition(" ") for line in request.blocks[0].splitlines()]
    return {
        "summary": f"A query of {len(lines)} lines.",
        "passages": [
            {"line": int(number), "last_line": int(number), "words": f"This says {text}."}
            for number, _, text in lines
        ],
    }


def scripted_repair(request: KqlRequest) -> dict[str, Any]:
    """The first name that the problem quotes becomes the nearest word of the rules."""
    kql, problem, *_ = request.blocks
    quoted = re.search(r"'([\w-]+)'", problem)
    words = set(re.findall(r"\w+", request.system)) | {"where", "summarize", "project"}
    words -= {quoted[1]} if quoted else set()
    meant = re.search(r"Did you mean (\w+)", problem)
    near = [meant[1]] if meant else []
    near = near or difflib.get_close_matches(quoted[1], words, n=1) if quoted else []
    if not (quoted and near):
        return {"kql": kql, "words": "The user has to decide what is meant."}
    fixed = re.sub(rf"\b{re.escape(quoted[1])}\b", near[0], kql)
    return {"kql": fixed, "words": f"{quoted[1]} is not known; {near[0]} is."}
