// Functions of dates and times. 'today' and 'now' are the scope's; what is no date makes the result blank.

const DAY_SECONDS = 86400;
const YEAR_DAYS = 365.2425;
const UNIT_SECONDS = new Map([
  ["y", YEAR_DAYS * DAY_SECONDS],
  ["M", 30.44 * DAY_SECONDS],
  ["d", DAY_SECONDS],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
]);
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})(?:[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?)?$/;
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const ANY_DAY = [2000, 1, 1];

// Give the days since 1970-01-01, or null if there is no such day.
function dayNumber(year, month, day) {
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  const there = year > 0 && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day;
  return there ? moment.getTime() / (DAY_SECONDS * 1000) : null;
}

function momentOf([year, month, day, hour = 0, minute = 0, second = 0]) {
  const days = dayNumber(year, month, day);
  return days === null ? null : { year, month, day, days, second: hour * 3600 + minute * 60 + second };
}

// A time alone stands on one and the same day.
function moment(value, s) {
  const written = strip(text(value));
  if (written === "now" || written === "today") {
    return s.now && momentOf(written === "now" ? s.now : s.now.slice(0, 3));
  }
  const numbers = (parts) => parts.slice(1).map((part) => Number(part ?? 0));
  const whole = MOMENT.exec(written);
  if (whole) return momentOf(numbers(whole));
  const clock = CLOCK.exec(written);
  return clock && momentOf([...ANY_DAY, ...numbers(clock)]);
}

// An old date-format argument is ignored.
function datediff(values, s) {
  const [first, second] = [moment(values[0], s), moment(values[1], s)];
  const unit = UNIT_SECONDS.get(text(values[2]));
  if (!first || !second || unit === undefined) return "";
  const difference = ((second.days - first.days) * DAY_SECONDS + second.second - first.second) / unit;
  const signed = values.slice(3).some((value) => value === true || lower(text(value)) === "true");
  return signed ? difference : Math.abs(difference);
}

function ageAtDate(values, s) {
  const [born, other] = [moment(values[0], s), moment(values[1], s)];
  if (!born || !other || other.days < born.days) return "";
  const earlier = other.month < born.month || (other.month === born.month && other.day < born.day);
  const years = other.year - born.year - (earlier ? 1 : 0);
  if (values.length < 3 || !["true", "1"].includes(lower(text(values[2])))) return years;
  const year = born.year + years;
  // born on 29 February
  const birthday = dayNumber(year, born.month, born.day) ?? dayNumber(year, 3, 1);
  return years + (other.days - birthday) / YEAR_DAYS;
}

const partOfDate = (part) => (values, s) => {
  const known = moment(values[0], s);
  return known ? part(known) : "";
};

// 1970-01-01 was a Thursday, and Monday is 1
const weekday = ({ days }) => ((((days + 3) % 7) + 7) % 7) + 1;
