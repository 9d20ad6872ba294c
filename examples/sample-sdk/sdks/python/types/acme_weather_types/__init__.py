"""The answers of the Acme Weather API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Day:
    """The weather of one day; temperatures in °C, `rain` is a chance from 0 to 1."""

    date: date
    low: float
    high: float
    rain: float


@dataclass(frozen=True)
class Forecast:
    """The forecast for a place, today first."""

    place: str
    days: tuple[Day, ...]


class UnexpectedAnswer(Exception):
    """The API answered with something that it does not describe."""


def parse_forecast(answer: Any) -> Forecast:
    """The answer of `GET /v1/forecasts`; unknown fields are dropped.

    Raises:
        UnexpectedAnswer: the answer has another shape.
    """
    try:
        return Forecast(str(answer["place"]), tuple(_day(entry) for entry in answer["days"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UnexpectedAnswer(f"{type(error).__name__}: {error}") from error


def _day(entry: Mapping[str, Any]) -> Day:
    return Day(date.fromisoformat(entry["date"]), float(entry["low"]), float(entry["high"]), float(entry["rain"]))
