// What all calls of Sloty's APIs have in common: the address, the token, and problems as errors.

/** One bad field: `pointer` leads into the body, or is `query:name` or `header:name`. */
export interface BadField {
  pointer: string;
  detail: string;
}

/** What went wrong, after RFC 9457; programs decide by `code`. Some have further members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors?: BadField[];
  [member: string]: unknown;
}

/** The API refused; `problem` is its answer. */
export class ProblemError extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.name = "ProblemError";
  }
}

type Given = string | number | boolean | null | undefined;

export interface Call {
  query?: Record<string, Given | readonly string[]>;
  body?: unknown;
  file?: { name: string; content: Blob };
  headers?: Record<string, string | undefined>;
}

/** One API at its address; `token` is that of a log-in, or the key of an API key. */
export class Api {
  constructor(
    readonly url: string,
    public token?: string,
  ) {}

  protected async send(method: string, path: string, call: Call = {}): Promise<Response> {
    const headers = new Headers();
    if (this.token !== undefined) headers.set("Authorization", `Bearer ${this.token}`);
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const request: RequestInit = { method, headers };
    if (call.file !== undefined) {
      const form = new FormData();
      form.append("file", call.file.content, call.file.name);
      request.body = form;
    } else if (call.body !== undefined) {
      headers.set("Content-Type", "application/json");
      request.body = JSON.stringify(call.body);
    }
    const answer = await fetch(this.url.replace(/\/+$/, "") + path + query(call.query ?? {}), request);
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  }

  protected async json<T>(method: string, path: string, call?: Call): Promise<T> {
    return (await (await this.send(method, path, call)).json()) as T;
  }
}

function query(given: Record<string, Given | readonly string[]>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (typeof value === "object") value.forEach((each) => said.append(name, each));
    else said.append(name, String(value));
  }
  const text = said.toString();
  return text === "" ? "" : `?${text}`;
}

async function problemOf(answer: Response): Promise<ProblemError> {
  const after = Number(answer.headers.get("Retry-After") ?? NaN);
  let problem: Problem;
  try {
    problem = (await answer.json()) as Problem;
    if (typeof problem.code !== "string") throw new TypeError();
  } catch {
    // Something between here and the API has answered for it.
    problem = {
      type: "about:blank",
      title: answer.statusText,
      status: answer.status,
      detail: answer.statusText,
      code: `http_${answer.status}`,
    };
  }
  return new ProblemError(problem, Number.isFinite(after) ? after : undefined);
}
