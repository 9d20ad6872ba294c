using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;

namespace AcmeWeather
{
    /// <summary>The weather of one day; temperatures in °C.</summary>
    [DataContract]
    public sealed class Day
    {
        /// <summary>The day, as YYYY-MM-DD.</summary>
        [DataMember(Name = "date", IsRequired = true)]
        public string Date { get; private set; } = "";

        /// <summary>The lowest temperature.</summary>
        [DataMember(Name = "low", IsRequired = true)]
        public double Low { get; private set; }

        /// <summary>The highest temperature.</summary>
        [DataMember(Name = "high", IsRequired = true)]
        public double High { get; private set; }

        /// <summary>The chance of rain, from 0 to 1.</summary>
        [DataMember(Name = "rain", IsRequired = true)]
        public double Rain { get; private set; }
    }

    /// <summary>The forecast for a place, today first.</summary>
    [DataContract]
    public sealed class Forecast
    {
        /// <summary>The nearest named place.</summary>
        [DataMember(Name = "place", IsRequired = true)]
        public string Place { get; private set; } = "";

        [DataMember(Name = "days", IsRequired = true)]
        private Day[] _days = Array.Empty<Day>();

        /// <summary>One entry a day.</summary>
        public IReadOnlyList<Day> Days => _days;

        /// <summary>The answer of <c>GET /v1/forecasts</c>; unknown fields are dropped.</summary>
        /// <exception cref="UnexpectedAnswerException">The answer has another shape.</exception>
        public static Forecast Parse(Stream answer)
        {
            try
            {
                return (Forecast)new DataContractJsonSerializer(typeof(Forecast)).ReadObject(answer);
            }
            catch (SerializationException error)
            {
                throw new UnexpectedAnswerException(error.Message, error);
            }
        }
    }

    /// <summary>The API answered with something that it does not describe.</summary>
    public sealed class UnexpectedAnswerException : Exception
    {
        /// <summary>Wraps the reason.</summary>
        public UnexpectedAnswerException(string message, Exception inner) : base(message, inner) { }
    }
}
