// Functions of numbers.

const MOST_PLACES = 15;
const NO_FRACTION = 1e15; // numbers beyond hold no decimal places

// A blank argument, or a result that does not exist, makes the result blank.
const ofNumbers = (apply) => (values, s) => {
  const numbers = values.map((value) => number(value, s.missing));
  return numbers.includes(null) ? "" : finite(apply(...numbers));
};

// What is no number is left out.
const ofSet = (apply, least) => (values, s) => {
  const numbers = values.map((value) => number(value, s.missing)).filter((one) => one !== null);
  return numbers.length < least ? "" : finite(apply(numbers));
};

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const HALF_UP = (rest, unit) => 2n * rest >= unit;
const UP = (rest) => rest > 0n;
const DOWN = () => false;

// Round the decimal digits that a number is written with, not its binary ones.
const rounding = (away) =>
  ofNumbers((value, places = 0) => {
    if (Math.abs(value) >= NO_FRACTION || places > MOST_PLACES) return value;
    const kept = Math.max(Math.trunc(places), -MOST_PLACES);
    const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
    const [whole, fraction = ""] = mantissa.split(".");
    const dropped = fraction.length - Number(exponent) - kept;
    if (dropped <= 0) return value;
    const digits = BigInt(whole + fraction);
    const unit = 10n ** BigInt(dropped);
    const quotient = digits / unit + (away(digits % unit, unit) ? 1n : 0n);
    return Math.sign(value) * Number(`${quotient}e${-kept}`);
  });
