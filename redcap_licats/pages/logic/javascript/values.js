// Values of the logic language: a text, a number or a truth value. A blank is the empty text, and what cannot be
// computed is blank. Everything here means what redcap_licats.definition.logic means.

const NUMBER = /^[-+]?(\d+([.,]\d+)?|[.,]\d+)([eE][-+]?\d+)?$/;
const LONGEST_INTEGER = 1e15;
// what Python calls white space, which is not what JavaScript does
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const NO_CODES = new Set();

function strip(text) {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text[start])) start += 1;
  while (end > start && SPACE.test(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

// Give the number a value stands for, or null.
function number(value, missing = NO_CODES) {
  if (typeof value !== "string") return Number(value);
  const written = strip(value);
  if (missing.has(written) || !NUMBER.test(written)) return null;
  const known = Number(written.replace(",", "."));
  return Number.isFinite(known) ? known : null;
}

function finite(value) {
  return Number.isFinite(value) ? value : "";
}

function text(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string") return value;
  if (Number.isInteger(value) && Math.abs(value) < LONGEST_INTEGER) return String(value);
  return floatText(value);
}

// Write a number as Python does: the fewest digits that tell it from all others.
function floatText(value) {
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const power = Number(exponent);
  if (power < -4 || power > 15) {
    return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`;
}

function truth(value) {
  const known = number(value);
  return known === null ? value !== "" : known !== 0;
}
