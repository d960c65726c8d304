// Functions of texts. A character is a code point; searching is case-blind, positions count from 1.

const LONGEST = 65535; // what a value of REDCap holds; a longer result is blank

const length = (text) => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);
const lower = (text) => text.toLowerCase();
const held = (result) => (typeof result === "string" && length(result) > LONGEST ? "" : result);
const ofTexts = (apply) => (values) => held(apply(...values.map(text)));

function contains(whole, part) {
  return lower(whole).includes(lower(part));
}

function find(part, whole) {
  const before = lower(whole).indexOf(lower(part));
  return before < 0 ? 0 : length(lower(whole).slice(0, before)) + 1;
}

function replaceText(whole, old, fresh) {
  if (old === "") return whole;
  const parts = whole.split(old);
  const size = length(whole) + (parts.length - 1) * (length(fresh) - length(old));
  return size > LONGEST ? "" : parts.join(fresh);
}

function count(value, s) {
  const known = number(value, s.missing);
  return known === null ? null : Math.max(Math.trunc(known), 0);
}

function left(values, s) {
  const wanted = count(values[1], s);
  return wanted === null ? "" : [...text(values[0])].slice(0, wanted).join("");
}

function right(values, s) {
  const wanted = count(values[1], s);
  if (wanted === null) return "";
  const signs = [...text(values[0])];
  return signs.slice(Math.max(signs.length - wanted, 0)).join("");
}

function mid(values, s) {
  const [start, wanted] = [count(values[1], s), count(values[2], s)];
  if (start === null || wanted === null || start < 1) return "";
  return [...text(values[0])].slice(start - 1, start - 1 + wanted).join("");
}

// Say which of two texts is first by their code points: below 0, 0 or above 0.
function order(one, other) {
  const [first, second] = [[...one], [...other]];
  const at = first.findIndex((sign, index) => sign !== second[index]);
  if (at < 0) return first.length - second.length;
  return at < second.length ? first[at].codePointAt(0) - second[at].codePointAt(0) : 1;
}
