// REDCap's special functions by name; 'if' is compiled.

const isMissing = (value, s) => s.missing.has(text(value));

function isInteger(values, s) {
  const known = number(values[0], s.missing);
  return known !== null && Number.isInteger(known);
}

function hasMissingCode(values) {
  const codes = values.slice(1).flatMap((value) => text(value).split(",").map(strip));
  return values[0] !== "" && codes.includes(text(values[0]));
}

const functions = {
  datediff,
  age_at_date: ageAtDate,
  dayoftheweek: partOfDate(weekday),
  year: partOfDate(({ year }) => year),
  month: partOfDate(({ month }) => month),
  day: partOfDate(({ day }) => day),
  round: rounding(HALF_UP),
  roundup: rounding(UP),
  rounddown: rounding(DOWN),
  sqrt: ofNumbers((value) => Math.sqrt(value)),
  abs: ofNumbers((value) => Math.abs(value)),
  exponential: ofNumbers(exponential),
  log: ofNumbers(logarithm),
  mod: ofNumbers((dividend, divisor) => dividend % divisor),
  min: ofSet((numbers) => Math.min(...numbers), 1),
  max: ofSet((numbers) => Math.max(...numbers), 1),
  mean: ofSet(mean, 1),
  median: ofSet(median, 1),
  sum: ofSet(total, 0),
  stdev: ofSet(standardDeviation, 2),
  isnumber: (values, s) => number(values[0], s.missing) !== null,
  isinteger: isInteger,
  isblankormissingcode: (values, s) => values[0] === "" || isMissing(values[0], s),
  isblanknotmissingcode: (values) => values[0] === "",
  ismissingcode: (values, s) => isMissing(values[0], s),
  hasmissingcode: hasMissingCode,
  contains: ofTexts(contains),
  not_contain: ofTexts((whole, part) => !contains(whole, part)),
  starts_with: ofTexts((whole, part) => lower(whole).startsWith(lower(part))),
  ends_with: ofTexts((whole, part) => lower(whole).endsWith(lower(part))),
  find: ofTexts(find),
  left,
  right,
  mid,
  length: ofTexts(length),
  trim: ofTexts(strip),
  upper: ofTexts((whole) => whole.toUpperCase()),
  lower: ofTexts(lower),
  replace_text: ofTexts(replaceText),
  concat: ofTexts((...parts) => parts.join("")),
  concat_ws: ofTexts((separator, ...parts) => parts.filter((part) => part !== "").join(separator)),
};

return Object.freeze({ truth, text, ...operators, functions: Object.freeze(functions) });
