// Values of calculated fields as REDCap stores them.

const UNIT_SECONDS = { y: 365.2425 * 86400, M: 30.44 * 86400, d: 86400, h: 3600, m: 60, s: 1 };

// A calculated field holds a number or nothing.
function calculatedNumber(value) {
  return L.text(L.add(value, 0, { missing: new Set() }));
}

// A date and an amount of time, as @CALCDATE gives it.
function calculatedDate(start, offset, unit, validation) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(L.text(start));
  const amount = calculatedNumber(offset);
  const seconds = UNIT_SECONDS[L.text(unit)];
  if (!parts || amount === "" || !seconds) return "";
  const [year, month, day, hour, minute, second] = parts.slice(1).map((one) => Number(one ?? 0));
  const moment = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  moment.setUTCFullYear(year, month - 1, day);
  moment.setTime(moment.getTime() + Number(amount) * seconds * 1000);
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 1 || moment.getUTCFullYear() > 9999) return "";
  const stamp = moment.toISOString();
  const length = validation.startsWith("datetime_seconds") ? 19 : validation.startsWith("datetime") ? 16 : 10;
  return stamp.slice(0, length).replace("T", " ");
}
