const facts = document.querySelector("dl");
const form = document.querySelector("form");
const buttons = form.querySelectorAll("button");
const asked = form.querySelector("fieldset");
const said = document.querySelector("[role=status]");
const code = new URLSearchParams(location.search).get("code") ?? "";
const entryPath = `${form.dataset.call}/${encodeURIComponent(code)}`;
const page = document.documentElement.lang;
const reader = navigator.languages.find((each) => each.split("-")[0] === page) ?? page;
const STATES = { BOOKED: "booked", CANCELLED: "left", EXPIRED: "over" };
const BY_CODE = { offer_expired: "expired", validation_failed: "details" };
const BY_STATUS = {
  402: "closed", 403: "closed", 404: "unknown", 409: "taken", 422: "taken", 429: "later",
};
const FINAL = ["closed", "unknown", "taken", "expired"];
const NO_FORM = { properties: {}, required: [] };
let business = "";
let schema = NO_FORM;

function moment(instant, timeZone) {
  return new Intl.DateTimeFormat(reader, {
    weekday: "long", day: "numeric", month: "long", year: "numeric",
    hour: "numeric", minute: "2-digit", timeZone, timeZoneName: "short",
  }).format(new Date(instant));
}

function place(location) {
  if (!location) return facts.dataset.online;
  return [location.name, location.address, location.city].filter(Boolean).join(", ");
}

function fill({ business, service, offer }) {
  const provider = offer.provider.name ?? offer.provider.title;
  const written = {
    service: service.name,
    provider: [provider, business].filter(Boolean).join(", "),
    when: moment(offer.startTime, offer.timezone),
    where: place(offer.location),
    until: moment(offer.expiresAt),
  };
  for (const [name, text] of Object.entries(written)) {
    facts.querySelector(`[data-fact=${name}]`).textContent = text;
  }
}

function show(entry) {
  facts.hidden = form.hidden = !entry.offer;
  if (entry.offer) fill(entry);
  else say(STATES[entry.status] ?? "waiting");
}

function say(outcome, values = {}) {
  const text = form.dataset[outcome];
  said.textContent = text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

async function call(path, method, body, headers = {}) {
  const answer = await fetch(path, { method, body, headers });
  const told = await answer.json();
  if (answer.ok) return told;
  const outcome = BY_CODE[told.code] ?? BY_STATUS[answer.status];
  throw { code: told.code, errors: told.errors ?? [], outcome };
}

async function load() {
  const entry = await call(entryPath, "GET");
  if (entry.offer) await ask(entry);
  show(entry);
}

// What the service wants to know besides; one that takes no bookings any more says so later.
async function ask(entry) {
  business = `${form.dataset.business}/${entry.slug}`;
  schema = await call(`${business}/services/${entry.serviceId}/form`, "GET").catch(() => NO_FORM);
  drawForm(asked, schema);
  asked.hidden = Object.keys(schema.properties).length === 0;
}

async function upload(file) {
  const body = new FormData();
  body.append("file", file);
  return (await call(`${business}/files`, "POST", body)).id;
}

async function accept() {
  const body = JSON.stringify({ parameters: await answers(asked, schema, upload) });
  return call(`${entryPath}/accept`, "POST", body, { "Content-Type": "application/json" });
}

async function answer(how) {
  const told = how === "accept" ? await accept() : await call(`${entryPath}/${how}`, "POST");
  form.hidden = true;
  facts.hidden = how === "decline";
  facts.querySelector("[data-fact=until]").parentElement.hidden = true;
  say(how === "accept" ? "accepted" : "declined", { code: told.confirmationCode });
}

async function explain(problem) {
  // Answered before, from here or elsewhere: what became of the entry says it best.
  if (problem.code === "no_offer") return load();
  const outcome = problem.outcome ?? "failed";
  if (FINAL.includes(outcome)) form.hidden = true;
  showFaults(asked, problem.errors ?? []);
  say(outcome);
}

async function attempt(work) {
  for (const button of buttons) button.disabled = true;
  said.textContent = "";
  await work().catch(explain).catch(() => say("failed"));
  for (const button of buttons) button.disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => answer(event.submitter.name));
});
attempt(load);
