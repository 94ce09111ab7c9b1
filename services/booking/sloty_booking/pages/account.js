const form = document.querySelector("form");
const button = form.querySelector("button");
const said = document.querySelector("[role=status]");
const token = new URLSearchParams(location.search).get("token") ?? "";
const OUTCOMES = { 400: "invalid", 403: "suspended", 429: "later" };

function outcome(answer, problem) {
  if (answer.ok) return "done";
  if (answer.status === 422) return problem.code === "invalid_token" ? "invalid" : "unfit";
  return OUTCOMES[answer.status] ?? "failed";
}

async function send() {
  const body = Object.fromEntries(new FormData(form));
  const answer = await fetch(form.dataset.call, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, token }),
  });
  return outcome(answer, answer.ok ? {} : await answer.json());
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  said.textContent = "";
  const result = await send().catch(() => "failed");
  said.textContent = form.dataset[result];
  form.hidden = result === "done" || result === "invalid";
  button.disabled = false;
});
