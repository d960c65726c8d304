// Powers, exponentials and logarithms to far more places than a number holds, rounded once. Math.pow, Math.exp and
// Math.log differ between browsers in the last place.

const PLACES = 320n; // binary places of fixed-point numbers
const SURE = 160; // bits of a result that are certain
const ONE = 1n << PLACES;

// Give the logarithm of a fixed-point number from 1 to 2.
function logOfMantissa(mantissa) {
  const ratio = ((mantissa - ONE) << PLACES) / (mantissa + ONE);
  const square = (ratio * ratio) >> PLACES;
  let [sum, power] = [0n, ratio];
  for (let odd = 1n; power !== 0n; odd += 2n) {
    sum += power / odd;
    power = (power * square) >> PLACES;
  }
  return 2n * sum;
}

const LOG_2 = logOfMantissa(2n * ONE);

// Give the logarithm of a number above 0 as a fixed-point number.
function fixedLog(value) {
  const whole = exact(value);
  const size = bitLength(whole) - 1;
  const mantissa = shifted(whole, Number(PLACES) - size);
  return logOfMantissa(mantissa) + BigInt(size - UNIT) * LOG_2;
}

// Give the number nearest to e to the power of a fixed-point number.
function exponentialOfFixed(power) {
  const twos = power / LOG_2;
  if (twos > 1100n) return Infinity;
  if (twos < -1200n) return 0;
  const rest = power - twos * LOG_2;
  let [sum, term] = [0n, ONE];
  for (let count = 1n; term !== 0n && term !== -1n; count += 1n) {
    sum += term;
    term = ((term * rest) >> PLACES) / count;
  }
  const unsure = bitLength(sum) - SURE;
  const sure = (sum + (1n << BigInt(unsure - 1))) >> BigInt(unsure);
  return nearest(sure, 1n, unsure - Number(PLACES) + Number(twos));
}

function exponential(value) {
  return exponentialOfFixed(shifted(exact(value), Number(PLACES) - UNIT));
}

function logarithm(value, base) {
  if (value <= 0 || base <= 0 || base === 1) return NaN;
  return nearest(fixedLog(value), base === undefined ? ONE : fixedLog(base), 0);
}

function power(base, exponent) {
  if (exponent === 0 || base === 1) return 1;
  if (base === 0) return exponent > 0 ? 0 : NaN;
  if (base < 0 && !Number.isInteger(exponent)) return NaN;
  const size = exponentialOfFixed(shifted(exact(exponent) * fixedLog(Math.abs(base)), -UNIT));
  return base < 0 && exponent % 2 !== 0 ? -size : size;
}
