/** The weather of one day; temperatures in °C, `rain` is a chance from 0 to 1. */
export interface Day {
  readonly date: string;
  readonly low: number;
  readonly high: number;
  readonly rain: number;
}

/** The forecast for a place, today first. */
export interface Forecast {
  readonly place: string;
  readonly days: readonly Day[];
}

/** The API answered with something that it does not describe. */
export class UnexpectedAnswer extends Error {}

/** The answer of `GET /v1/forecasts` as a {@link Forecast}; unknown fields are dropped. */
export function parseForecast(answer: unknown): Forecast {
  const { place, days } = object(answer, "the answer");
  if (!Array.isArray(days)) throw new UnexpectedAnswer("days is not a list");
  return { place: text(place, "place"), days: days.map(parseDay) };
}

function parseDay(answer: unknown, index: number): Day {
  const at = `days[${index}]`;
  const { date, low, high, rain } = object(answer, at);
  return {
    date: text(date, `${at}.date`),
    low: number(low, `${at}.low`),
    high: number(high, `${at}.high`),
    rain: number(rain, `${at}.rain`),
  };
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new UnexpectedAnswer(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new UnexpectedAnswer(`${what} is not a text`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number") throw new UnexpectedAnswer(`${what} is not a number`);
  return value;
}
