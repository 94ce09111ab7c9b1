"""What holds for every call, said once in the document of each API."""

CONVENTIONS = """
## Conventions

- **Bodies** are JSON objects in UTF-8, sent as `application/json`, of at most 1 MiB and 50 levels.
  Names are camelCase. Unknown fields are refused (422), as are a key that stands twice, `NaN` and
  numbers beyond 64 bits (400 `malformed_json`). Unknown query parameters are ignored.
- **`null`** in a request is the same as leaving the field out: a creation takes the default, a
  change leaves the field as it is. Text is cleared with `""`. Answers hold every field, `null` where
  there is no value.
- **Text** is trimmed; control characters are refused, and in names invisible ones too.
- **Instants** are RFC 3339 with an offset, of the years 1970 to 2200; answers are in UTC with `Z`,
  with six digits of a second or none. Dates are `2026-11-23`, wall-clock times `09:00` up to `24:00`,
  zones exact IANA names. Money is a decimal string with two decimals beside an ISO 4217 code.
- **Errors** are problem documents (RFC 9457). Programs decide by `code`. A validation error lists
  every bad field in `errors`; `pointer` is an RFC 6901 pointer into the body, or `query:name`,
  `header:name`. A malformed id in a path is answered like an unknown one: 404.
- **Lists** are `{"items": [...], "nextCursor": ...}`; pass `nextCursor` as `cursor`, with the same
  other parameters, until it is null. A cursor is good for its own list only.
- **`X-Request-Id`** of up to 100 letters, digits, dots, hyphens and underscores is kept, else one is
  made; every answer and every log line carries it.
- **`traceparent`** (W3C Trace Context) is taken up where it is well-formed, else a trace begins; the
  logs name its trace id, and the messages that a call owes are sent in the same trace.
- 429 and 503 say in `Retry-After` after how many seconds to try again.
"""
