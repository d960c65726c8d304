// Formats and ranges of what is typed. A wrong format is not accepted; a value out of range is, with a warning.

function comparable(value, kind) {
  if (value === "") return null;
  switch (kind) {
    case "number": {
      const number = Number(value.replace(",", "."));
      return Number.isFinite(number) ? number : null;
    }
    case "time":
      return value.padStart(value.split(":").length === 3 ? 8 : 5, "0");
    case "date":
      return value;
    default:
      return null;
  }
}

function exists(value) {
  const [day, clock = ""] = value.split(" ");
  const [year, month, date] = day.split("-").map(Number);
  const moment = new Date(Date.UTC(2000, month - 1, date));
  moment.setUTCFullYear(year, month - 1, date);
  if (year < 1 || moment.getUTCMonth() !== month - 1 || moment.getUTCDate() !== date) return false;
  const [hour = 0, minute = 0, second = 0] = clock ? clock.split(":").map(Number) : [];
  return hour < 24 && minute < 60 && second < 60;
}

function limit(page, view, text) {
  if (typeof text !== "string") return page.record.value(view.form, text);
  const [year, month, day, hour, minute, second] = page.record.now();
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  if (text === "today") return date;
  if (text !== "now") return text;
  return view.spec.validation.includes("seconds")
    ? `${date} ${two(hour)}:${two(minute)}:${two(second)}`
    : `${date} ${two(hour)}:${two(minute)}`;
}

// Give what is wrong with a value: the key of a text, what fills it, and whether it stops a save.
function fault(page, view) {
  const { validation, pattern } = view.spec;
  const value = view.value;
  const type = page.config.validations[validation];
  if (view.kind !== "text" || value === "" || view.missingCode || page.missingCodes.has(value)) return null;
  if (!type) return null;
  if (!type.test.test(value) || (type.kind === "date" && !exists(value))) {
    return { key: type.message, values: { pattern: pattern || type.example }, stops: true };
  }
  return outOfRange(page, view, value, type.kind);
}

function outOfRange(page, view, value, kind) {
  const low = limit(page, view, view.spec.minimum);
  const high = limit(page, view, view.spec.maximum);
  const [own, least, most] = [value, low, high].map((one) => comparable(one, kind));
  if (own === null || ((least === null || own >= least) && (most === null || own <= most))) return null;
  const key = least === null ? "range_to" : most === null ? "range_from" : "range";
  const { order } = view.spec;
  const values = { minimum: shownDate(low, order), maximum: shownDate(high, order) };
  return { key: "out_of_range", inner: { range: [key, values] }, values: {}, stops: false };
}

function check(page, view) {
  view.said = view.kept ? { key: "kept", values: {}, stops: false } : null;
  view.said = fault(page, view) ?? view.said;
  showMessage(page, view);
}

function showMessage(page, view) {
  if (!view.message) return;
  const { said, message } = view;
  message.hidden = !said;
  message.classList.toggle("wrong", Boolean(said?.stops));
  const text = said ? page.text(said.key, { ...said.values, ...innerTexts(page, said.inner) }) : "";
  if (message.textContent !== text) message.textContent = text;
  for (const one of view.controls) {
    if (view.kind === "text") one.toggleAttribute("aria-invalid", Boolean(said?.stops));
    if (one.hasAttribute("aria-invalid")) one.setAttribute("aria-invalid", "true");
  }
}

function innerTexts(page, inner = {}) {
  return Object.fromEntries(
    Object.entries(inner).map(([name, [key, values]]) => [name, page.text(key, values)]),
  );
}
