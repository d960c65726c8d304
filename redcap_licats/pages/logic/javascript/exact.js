// Exact arithmetic on numbers, rounded once: a finite number is a whole one times 2^-1074.

const UNIT = 1074;
const MANTISSA = 53;
const bits = new DataView(new ArrayBuffer(8));

// Give a number times 2^UNIT.
function exact(value) {
  bits.setFloat64(0, Math.abs(value));
  const word = bits.getBigUint64(0);
  const exponent = word >> 52n;
  const fraction = word & ((1n << 52n) - 1n);
  const whole = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return value < 0 ? -whole : whole;
}

function bitLength(whole) {
  const hex = whole.toString(16);
  return hex.length * 4 + 28 - Math.clz32(parseInt(hex[0], 16));
}

// Shift left, or right by a negative count.
function shifted(whole, count) {
  return count < 0 ? whole >> BigInt(-count) : whole << BigInt(count);
}

// Give the number nearest to numerator / denominator * 2^exponent, the even one of two.
function nearest(numerator, denominator, exponent) {
  if (numerator < 0n !== denominator < 0n && numerator !== 0n) return -nearest(-numerator, denominator, exponent);
  if (numerator < 0n) return nearest(-numerator, -denominator, exponent);
  if (numerator === 0n) return 0;
  const length = bitLength(numerator) - bitLength(denominator);
  const size = shifted(numerator, -Math.min(length, 0)) < shifted(denominator, Math.max(length, 0)) ? length - 1 : length;
  // the quotient's last bit is the last one a number of its size has
  const shift = Math.min(MANTISSA - 1 - size, UNIT + exponent);
  const top = shifted(numerator, Math.max(shift, 0));
  const bottom = shifted(denominator, -Math.min(shift, 0));
  const quotient = top / bottom;
  const rest = 2n * (top - quotient * bottom);
  const up = rest > bottom || (rest === bottom && quotient % 2n === 1n);
  const half = Math.trunc((exponent - shift) / 2);
  return Number(up ? quotient + 1n : quotient) * 2 ** half * 2 ** (exponent - shift - half);
}

function squareRootFloor(whole) {
  if (whole === 0n) return 0n;
  let root = 1n << BigInt((bitLength(whole) + 1) >> 1);
  for (;;) {
    const next = (root + whole / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

// Give the number nearest to the square root of numerator / denominator * 2^(2 * exponent).
function nearestRoot(numerator, denominator, exponent) {
  if (numerator === 0n) return 0;
  const shift = Math.ceil((bitLength(denominator) - bitLength(numerator)) / 2) + 70;
  const top = shifted(numerator, Math.max(2 * shift, 0));
  const bottom = shifted(denominator, -Math.min(2 * shift, 0));
  const square = top / bottom;
  const root = squareRootFloor(square);
  const left = root * root !== square || square * bottom !== top;
  // one more bit says that something is left, so that no half is seen where there is none
  return nearest(2n * root + (left ? 1n : 0n), 1n, exponent - shift - 1);
}

const exactSum = (numbers) => numbers.reduce((sum, one) => sum + exact(one), 0n);

function total(numbers) {
  return nearest(exactSum(numbers), 1n, -UNIT);
}

function mean(numbers) {
  return nearest(exactSum(numbers), BigInt(numbers.length), -UNIT);
}

function standardDeviation(numbers) {
  const count = BigInt(numbers.length);
  const sum = exactSum(numbers);
  const squares = numbers.reduce((all, one) => all + exact(one) ** 2n, 0n);
  return nearestRoot(count * squares - sum * sum, count * (count - 1n), -UNIT);
}
