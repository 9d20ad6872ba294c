import { type Forecast, parseForecast } from "@acme-weather/types";

export { type Day, type Forecast, UnexpectedAnswer } from "@acme-weather/types";

/** Where the forecast is for, and for how many days; the API's default is seven. */
export interface ForecastQuery {
  readonly latitude: number;
  readonly longitude: number;
  readonly days?: number;
}

/** The API refused the request. */
export class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    title: string,
  ) {
    super(title);
  }
}

export const PRODUCTION = "https://weather.acme.example";

/** The address of `GET /v1/forecasts` for a query. */
export function forecastUrl(base: string, query: ForecastQuery): URL {
  const url = new URL("/v1/forecasts", base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** A client of the Acme Weather API. */
export class WeatherClient {
  constructor(
    private readonly base: string = PRODUCTION,
    private readonly request: typeof fetch = fetch,
  ) {}

  /** The forecast for a place, one entry a day, today first. */
  async forecast(query: ForecastQuery): Promise<Forecast> {
    const answer = await this.request(forecastUrl(this.base, query), { headers: { accept: "application/json" } });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new RefusedRequest(answer.status, (body as { title?: string } | null)?.title ?? answer.statusText);
    return parseForecast(body);
  }
}
