// Draws a service's form from its JSON Schema, and reads what was answered.
const INPUT_TYPES = {
  EMAIL: "email", PHONE: "tel", URL: "url", NUMBER: "number",
  DATE: "date", TIME: "time", DATETIME: "datetime-local", FILE: "file",
};

function made(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function options(schema) {
  const values = schema.enum ?? schema.items.enum;
  const labels = schema["x-labels"] ?? {};
  return values.map((value) => made("option", { value }, labels[value] ?? value));
}

function control(name, schema, required) {
  const common = { id: `answer-${name}`, name, required };
  if (schema.enum) return made("select", common, made("option", { value: "" }), ...options(schema));
  if (schema.type === "array") return made("select", { ...common, multiple: true }, ...options(schema));
  // Left empty it is an answer too: no.
  if (schema.type === "boolean") return made("input", { ...common, type: "checkbox", required: false });
  const lengths = known({ minLength: schema.minLength, maxLength: schema.maxLength });
  if (schema["x-type"] === "TEXTAREA") return made("textarea", { ...common, ...lengths });
  const bounds = known({
    min: schema.minimum ?? schema.formatMinimum, max: schema.maximum ?? schema.formatMaximum,
  });
  const type = INPUT_TYPES[schema["x-type"]] ?? "text";
  return made("input", { ...common, ...lengths, ...bounds, type, step: "any" });
}

function known(limits) {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}

// The fields in their order; each has room for what is wrong with its answer.
function drawForm(place, { properties, required }) {
  place.replaceChildren(...Object.entries(properties).flatMap(([name, schema]) => {
    const input = control(name, schema, required.includes(name));
    const fault = made("p", { id: `fault-${name}`, className: "fault" });
    input.setAttribute("aria-describedby", fault.id);
    const hint = schema.description ? [made("small", {}, schema.description)] : [];
    return [made("label", { htmlFor: input.id }, schema.title), ...hint, input, fault];
  }));
}

async function value(input, schema, upload) {
  if (schema.type === "array") {
    const chosen = [...input.selectedOptions].map((option) => option.value);
    return chosen.length ? chosen : null;
  }
  if (schema.type === "boolean") return input.checked;
  if (schema["x-type"] === "FILE") return input.files.length ? upload(input.files[0]) : null;
  if (input.value === "") return null;
  if (schema.type === "number") return Number(input.value);
  return schema["x-type"] === "DATETIME" ? new Date(input.value).toISOString() : input.value;
}

// What was answered, by name of the fields; `upload` gives the id of a file.
async function answers(place, { properties }, upload) {
  const found = {};
  for (const [name, schema] of Object.entries(properties)) {
    found[name] = await value(place.querySelector(`[name="${name}"]`), schema, upload);
  }
  return found;
}

// Says beside each field what is wrong with it; `errors` are those of a problem document.
function showFaults(place, errors) {
  for (const fault of place.querySelectorAll(".fault")) fault.textContent = "";
  for (const { pointer, detail } of errors) {
    const name = pointer.match(/^\/parameters\/([^/]+)/)?.[1];
    const fault = name && place.querySelector(`#fault-${name}`);
    if (fault) fault.textContent = detail;
  }
}
