"""Requests and answers held against an OpenAPI 3.0 description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

_HERE = "urn:description"
_TEXTS = {"uri": "https://github.example/x", "date-time": "2026-11-21T12:00:00Z", "email": "bot@acme.example"}


class Description:
    """What an OpenAPI description says of the operations whose path starts with `start`."""

    def __init__(self, path: Path, start: str) -> None:
        self._document = json.loads(path.read_bytes())
        self._registry: Registry[Any] = Registry().with_resource(_HERE, DRAFT4.create_resource(self._document))
        self._validator: Any = validators.extend(Draft4Validator, {"type": _type, "enum": _enum})  # type: ignore[no-untyped-call]
        self._operations = [
            (method.upper(), self._pattern(template, operation), operation)
            # A reference may hold slashes, so the longest path that fits is the one that is meant.
            for template, operations in sorted(self._document["paths"].items(), key=lambda path: -len(path[0]))
            if template.startswith(start)
            for method, operation in operations.items()
        ]

    def sample(self, name: str) -> Any:
        """The least that the component schema `name` takes: what it requires, empty or null wherever it may be."""
        return self._sample(self._document["components"]["schemas"][name])

    def _sample(self, schema: dict[str, Any]) -> Any:
        found = self._resolved(schema)
        if found.get("nullable"):
            return None
        for choice in ("anyOf", "oneOf"):
            if choice in found:
                return self._sample(found[choice][0])
        if "enum" in found:
            return found["enum"][0]
        parts = [found, *map(self._resolved, found.get("allOf", ()))]
        if any("properties" in part or "required" in part for part in parts):
            wanted = {key: part["properties"][key] for part in parts for key in part.get("required", ())}
            return {key: self._sample(value) for key, value in wanted.items()}
        plain = {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}
        return plain.get(found.get("type", ""), _TEXTS.get(found.get("format", ""), "x"))

    def faults_of_request(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> list[str]:
        """What in a request the description does not know; `body` is None unless it is JSON."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is no operation"]
        known = {parameter["name"] for parameter in map(self._resolved, operation.get("parameters", [])) if parameter["in"] == "query"}
        found = [f"{method} {path}: unknown parameter {name}" for name in query if name not in known]
        if body is None:
            return found
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        found += [f"{method} {path}: unknown property {name}" for name in body if name not in schema.get("properties", {})]
        return found + self._faults(schema, body, f"{method} {path}")

    def faults_of_answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What in an answer does not fit. A refusal that the description leaves out needs a message."""
        answer = (self._operation(method, path) or {"responses": {}})["responses"].get(str(status))
        if answer is None and status >= 400:
            return [] if isinstance(body, dict) and isinstance(body.get("message"), str) else [f"{method} {path}: {status} says nothing"]
        if answer is None:
            return [f"{method} {path}: no answer has the status {status}"]
        schema = self._resolved(answer).get("content", {}).get("application/json", {}).get("schema")
        return self._faults(schema, body, f"{method} {path} → {status}") if schema and body is not None else []

    def _pattern(self, template: str, operation: Mapping[str, Any]) -> re.Pattern[str]:
        """The paths of an operation: numbers where it wants numbers, slashes where a reference may hold some."""
        numbers = {
            parameter["name"]
            for parameter in map(self._resolved, operation.get("parameters", []))
            if parameter["in"] == "path" and parameter["schema"].get("type") == "integer"
        }
        parts = re.split(r"\{(\w+)\}", template)
        wanted = (("[0-9]+" if part in numbers else ".+" if part in {"ref", "path"} else "[^/]+") for part in parts[1::2])
        return re.compile("".join(f"{re.escape(text)}{pattern}" for text, pattern in zip(parts[::2], (*wanted, ""), strict=True)))

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        return next((operation for verb, pattern, operation in self._operations if verb == method and pattern.fullmatch(path)), None)

    def _resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        found: Any = value
        if "$ref" in value:
            found = self._document
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
        return dict(found)

    def _faults(self, schema: dict[str, Any], value: Any, where: str) -> list[str]:
        text = json.dumps(schema).replace('"#/components', f'"{_HERE}#/components')
        errors = self._validator(json.loads(text), registry=self._registry).iter_errors(value)
        return [f"{where}: {error.json_path}: {error.message[:200]}" for error in errors]


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """OpenAPI 3.0's `nullable`, which stands beside `type`."""
    if not (instance is None and schema.get("nullable")):
        yield from Draft4Validator.VALIDATORS["type"](validator, types, instance, schema) or ()


def _enum(validator: Any, values: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not (instance is None and schema.get("nullable")):
        yield from Draft4Validator.VALIDATORS["enum"](validator, values, instance, schema) or ()
