"""JSON in which each name stands once: of two, one would be taken and the other passed over."""

import codecs
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.utils import json


class JSONParser(parsers.JSONParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """As its parent, which takes no hook; of encodings only those of text, as there."""
        encoding = parsers.get_encoding(parser_context or {})  # type: ignore[attr-defined]
        try:
            text: Any = codecs.getreader(encoding)(stream)
            return json.load(text, parse_constant=json.strict_constant, object_pairs_hook=object_of)
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = Counter(name for name, _value in pairs)
    twice = next((name for name, n in names.items() if n > 1), None)
    if twice is not None:
        raise ValueError(f"the name {twice!r} stands there more than once")
    return dict(pairs)
