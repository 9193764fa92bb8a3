"""Reference values of the special functions, by mpmath at 50 digits or more.

  python3 scripts/golden/special.py                                  writes test/golden/special.bin (about 280 kB)
  python3 scripts/golden/special.py --points 100000 --out FILE  a larger table; --single: of f32 arguments, over the range of f32
  python3 scripts/golden/special.py --coefficients                    prints the polynomials used in assembly/special

Layout, little-endian: u32 length of a JSON header (padded with spaces to a multiple of 8, counting these 4 bytes), the header
{"mpmath", "digits", "functions": [{"name", "arity", "offset", "count"}]}, then per function, at byte `offset`:
x f64[count], p f64[count] if arity is 2, hi f64[count], lo f32[count] (padded to 8). Truth = hi + lo * ulp(hi): lo in units of the last place of hi,
so errors far below an ulp can be measured; lo = 0 where hi is infinite.
"""
import argparse, json, math, multiprocessing, random, struct, sys, time
from pathlib import Path
import mpmath
from mpmath import mp, mpf

DIGITS = 50
mp.dps = DIGITS
SINGLE = "--single" in sys.argv  # before the workers fork
# exponents of the least subnormal, the least and the greatest normal; exp: to zero, to subnormal, to infinity
DEEP, LOW, HIGH, ZERO, SUB, OVER = (-149, -126, 126, -103.97, -87.33, 88.72) if SINGLE else (-1074, -1022, 1022, -745.13, -708.0, 709.7)
TINY, MIN, MAX = 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308


def lgamma(x):
    with mp.workdps(DIGITS + 30):
        if x > 0: return mp.loggamma(x)
        return mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


def digamma(x):
    with mp.workdps(DIGITS + 30):
        if x > 0: return mp.digamma(x)
        return mp.digamma(-x) - 1 / x - mp.pi * mp.cospi(x) / mp.sinpi(x)


def trigamma(x):
    with mp.workdps(DIGITS + 30):
        if x > 0: return mp.psi(1, x)
        return (mp.pi / mp.sinpi(x)) ** 2 - mp.psi(1, 1 - x)


F = {
    "exp": mp.exp, "log": mp.log, "log1p": lambda x: mp.log1p(x), "expm1": lambda x: mp.expm1(x), "tanh": mp.tanh,
    "lgamma": lgamma, "digamma": digamma, "trigamma": trigamma, "pow": None,
}
ROOT = 1.4616321449683622


def bisect(f, a, b):
    """The double where f changes sign between a and b (mpmath's own precision is not needed to find it)."""
    with mp.workdps(25):
        up = f(mpf(b)) > 0
        while (c := (a + b) / 2) not in (a, b): a, b = (a, c) if (f(mpf(c)) > 0) == up else (c, b)
    return a


def negative_roots():
    """Of digamma in (-n - 1, -n) for n < 40 and a few far ones; of lgamma, two in each (-n - 1, -n) beside digamma's, while there are doubles between them and the poles."""
    psi, gamma = [], []
    for n in [*range(40), 100, 12345, 10 ** 6, 10 ** 9]:
        a, b = math.nextafter(-n - 1, 0), math.nextafter(-n, -math.inf) if n else -1e-9
        psi.append(bisect(digamma, a, b))
        if n in (0, 1) or lgamma(mpf(psi[-1])) > 0: continue
        gamma += [bisect(lgamma, *ends) for ends in ((a, psi[-1]), (psi[-1], b)) if (lgamma(mpf(ends[0])) > 0) != (lgamma(mpf(ends[1])) > 0)]
    return {"digamma": psi, "lgamma": gamma}


ROOTS = negative_roots()


def around(c, n):
    """c and its neighbours: steps of 1 ulp, then powers of two of it"""
    out = [c]
    for s in (1.0, -1.0):
        v = c
        for _ in range(3):
            v = math.nextafter(v, s * math.inf); out.append(v)
        out += [c + s * 2.0 ** -k for k in range(2, n)]
    return out


def sign(r): return r.choice((-1.0, 1.0))
def beside(r, name): return r.choice(ROOTS[name]) * (1 + sign(r) * spread(r, -53, -4))
def spread(r, a, b): return math.ldexp(r.uniform(1, 2), r.randint(a, b))


EDGES = {
    "exp": [0.0, -0.0, TINY, -TINY, 709.782712893384, 709.7827128933841, -708.3964185322641, -745.1332191019411, -745.1332191019412, -746.0, 710.0, 1e300, -1e300, -708.4, -720.123, -744.9] + around(1.0, 20),
    "log": [TINY, 1e-320, MIN, MAX, 4.0, 0.7071067811865475, 0.7071067811865476, 1.4142135623730951] + around(1.0, 53),
    "log1p": [0.0, -0.0, TINY, -TINY, MIN, MAX, -0.29, 0.41, -0.9999999999999999, 9007199254740993.0, 1e-17, -1e-16] + [s * 2.0 ** -k for k in range(1, 60) for s in (1, -1)],
    "expm1": [0.0, -0.0, TINY, -TINY, MIN, 0.34, -0.34, 0.3400001, -0.3400001, 709.782712893384, 710.0, -37.5, -40.0, 40.0, 39.99, -1e300] + [s * 2.0 ** -k for k in range(-5, 60) for s in (1, -1)],
    "tanh": [0.0, -0.0, TINY, -TINY, MIN, 1e-9, 0.6, 0.5999999, 22.0, 21.99, 18.7, 19.1, 1e300, -1e300] + [s * 2.0 ** -k for k in range(-5, 60) for s in (1, -1)],
    "lgamma": [TINY, -TINY, MIN, -MIN, 1e-17, -1e-17, 0.5, 1.5, 2.5, 8.0, 7.999999999, -0.5, -0.49999999, 1e18, 1.1e18, 2.556348e305, 2.5563e305, 2.6e305, MAX, 1e15, -170.5, -4503599627370495.5] + around(1.0, 53) + around(2.0, 53) + around(3.0, 10) + [y for x in ROOTS["lgamma"] for y in around(x, 0)],
    "digamma": [MIN, 1e-300, -1e-300, 1e-17, -1e-17, 0.5, 1.0, 2.0, 8.0, 7.999999999, -0.5, -0.4999, 1e18, MAX, -4503599627370495.5] + around(ROOT, 53) + around(1.0, 20) + around(2.0, 20) + [y for x in ROOTS["digamma"] for y in around(x, 0)],
    "trigamma": [1e-150, 1e-154, 1.2e-154, -1e-154, 1e-17, -1e-17, 0.5, 1.0, 2.0, 8.0, 7.999999999, -0.5, -0.4999, 1e18, MAX, -4503599627370495.5] + around(1.0, 20),
}


def sample(name, r):
    u, k = r.uniform, r.randrange(8)
    if name == "exp": return (u(-1, 1), u(ZERO, SUB) if k < 3 else u(0, OVER), u(ZERO, OVER), sign(r) * spread(r, -60, 6))[k // 2]
    if name == "log": return (u(0.5, 2), spread(r, LOW, HIGH), 1 + sign(r) * spread(r, -52, -2), spread(r, DEEP, LOW) if k < 7 else u(0, 1000))[k // 2]
    if name == "log1p": return (u(-1, 1), spread(r, -20, HIGH), sign(r) * spread(r, -60, -2), u(-0.35, 0.6))[k // 2]
    if name == "expm1": return (u(-1.2, 1.2), u(-40, 40), sign(r) * spread(r, -60, 0), u(-5, OVER))[k // 2]
    if name == "tanh": return (u(-1.2, 1.2), u(-22, 22), sign(r) * spread(r, -60, 3), u(-3, 3))[k // 2]
    if name == "lgamma": return (u(0, 3), u(3, 20), spread(r, -60, 100), u(-40, 0) if k < 7 else beside(r, name))[k // 2]
    if name == "digamma": return (u(0, 3), u(3, 20), spread(r, -60, 100), u(-40, 0) if k < 7 else beside(r, name))[k // 2]
    if name == "trigamma": return (u(0, 3), u(3, 20), spread(r, -60, 100), u(-40, 0) if k < 7 else u(-0.5, 0))[k // 2]


POW_EDGES = [(2.0, 1023.0), (2.0, 1024.0), (2.0, -1074.0), (2.0, -1075.0), (2.0, -1076.0), (TINY, 0.5), (TINY, 0.3), (TINY, -0.9), (MAX, 0.99), (1e-310, 1.01), (1.0000000000000002, 4e18), (0.9999999999999999, 6e18),
             (0.9999999999999999, -6e18), (-2.0, 3.0), (-2.0, 4.0), (-1.5, -1001.0), (10.0, 308.0), (10.0, -320.0), (3.0, 2.0), (3.0, 0.5), (7.0, -1.0), (5.0, 1e-20), (0.5, 1e300), (1.5, 3e-17), (2.0, 1e-15), (-1.0, 1e300)]


def sample_pow(r):
    k = r.randrange(4)
    if k == 0: return spread(r, DEEP, HIGH), r.uniform(-1.05, 1.05)
    if k == 1: return r.uniform(0, 100), r.uniform(-10, 10)
    if k == 2:  # results over the whole range, subnormal too
        x = r.uniform(0.3, 3); l = math.log(x)
        return x, r.uniform(ZERO, OVER) / l if abs(l) > 1e-6 else 2.5
    x = 1 + sign(r) * spread(r, -20 if SINGLE else -50, -8)
    return x, r.uniform(ZERO, OVER) / math.log(x)


def single(x):
    """x rounded to f32; NaN beyond its range, zero below it."""
    try: return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError: return math.nan


def split(y):
    if not mp.isfinite(y): return float(y), 0.0
    hi = float(y)
    if math.isinf(hi): return hi, 0.0
    return hi, float((y - mpf(hi)) / mpf(math.ulp(hi)))


def value(job):
    name, x, p = job
    y = mp.power(mpf(x), mpf(p)) if name == "pow" else F[name](mpf(x))
    hi, lo = split(y)
    if x == 0 and name != "exp": hi = x
    return hi, lo


def wanted(name, x):
    """Neither outside f32 nor a pole; zeros as edges of the functions that have a value there."""
    return x == x and not (name.endswith("gamma") and x <= 0 and x == math.floor(x)) and not (name in ("log", "pow") and x == 0)


def table(points, pool):
    functions, body = [], b""
    for name in F:
        r = random.Random("latens " + name)
        draw = (lambda: sample_pow(r)) if name == "pow" else (lambda: (sample(name, r), 0.0))
        xp = list(POW_EDGES) if name == "pow" else [(x, 0.0) for x in EDGES[name]]
        if SINGLE: xp = [(single(x), p) for x, p in xp]
        xp = [(x, p) for x, p in xp if wanted(name, x)]
        while len(xp) < points:
            x, p = draw()
            if SINGLE: x = single(x)
            if wanted(name, x): xp.append((x, p))
        xp = xp[:points]
        started, ys = time.time(), []
        for y in pool.imap(value, [(name, x, p) for x, p in xp], 500):
            ys.append(y)
            if len(ys) % 20000 == 0: print(f"{name}{' f32' if SINGLE else ''}: {len(ys)} of {points} points, {time.time() - started:.0f} s", file=sys.stderr, flush=True)
        functions.append({"name": name, "arity": 2 if name == "pow" else 1, "offset": len(body), "count": len(xp)})
        n = len(xp)
        body += struct.pack(f"<{n}d", *[x for x, _ in xp])
        if name == "pow": body += struct.pack(f"<{n}d", *[p for _, p in xp])
        body += struct.pack(f"<{n}d", *[y[0] for y in ys]) + struct.pack(f"<{n}f", *[y[1] for y in ys])
        body += b"\0" * (-len(body) % 8)
    meta = lambda base: json.dumps({"mpmath": mpmath.__version__, "digits": DIGITS, "functions": [{**f, "offset": f["offset"] + base} for f in functions]})
    base = (4 + len(meta(10 ** 6)) + 64) // 8 * 8
    header = meta(base).encode().ljust(base - 4)
    return struct.pack("<I", len(header)) + header + body


def chebyshev(label, f, a, b, degree):
    """The interpolant of f at Chebyshev's nodes, as monomials in doubles, and its largest relative error on [a, b]."""
    n, a, b = degree + 1, mpf(a), mpf(b)
    xs = [(a + b) / 2 + (b - a) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    c = mp.lu_solve(mp.matrix([[x ** j for j in range(n)] for x in xs]), mp.matrix([f(x) for x in xs]))
    c = [float(c[j]) for j in range(n)]
    grid = [a + (b - a) * (k + mpf("0.37")) / 400 for k in range(400)]
    worst = max(abs(mp.polyval([mpf(v) for v in reversed(c)], x) / f(x) - 1) for x in grid)
    print(f"{label}: degree {degree}, relative error 2^{mp.nstr(mp.log(worst, 2), 4)}", *map(repr, c), sep="\n  ")


def coefficients():
    mp.dps = 60
    h = mp.log(2) / 2 * mpf("1.0001")
    z = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mpf("1.0001")
    atanh2 = lambda z: 2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z)
    q = mpf(1) / 16
    c = mp.findroot(mp.digamma, ROOT) - 1
    print("root of digamma - 1:", repr(float(c)), "+", repr(float(c - mpf(float(c)))))
    chebyshev("exp: (e^r - 1 - r)/r^2", lambda r: (mp.exp(r) - 1 - r) / r ** 2, -h * mpf("1.0003"), h, 10)
    chebyshev("log R: (2 atanh(s)/s - 2)/z", lambda z: (atanh2(z) - 2) / z, mpf("1e-20"), z, 7)
    chebyshev("logPair Q: (atanh(s)/s - 1 - z/3)/z^2", lambda z: (atanh2(z) / 2 - 1 - z / 3) / z ** 2, mpf("1e-16"), z, 10)
    chebyshev("sine S", lambda z: (mp.sin(mp.pi * mp.sqrt(z)) / mp.sqrt(z) / mp.pi - 1) / z, mpf("1e-20"), q, 6)
    chebyshev("cosine (cos - 1)/z", lambda z: (mp.cos(mp.pi * mp.sqrt(z)) - 1) / z, mpf("1e-20"), q, 7)
    chebyshev("lgamma B", lambda t: mp.loggamma(2 + t) / t / (1 + t), mpf("-0.75"), mpf("0.5001"), 22)
    chebyshev("digamma D", lambda t: mp.digamma(mpf("1.5") + t) / (t + mpf("0.5") - c), -0.5, 0.5, 22)


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--points", type=int, default=1500)
    a.add_argument("--out", default=str(Path(__file__).parents[2] / "test/golden/special.bin"))
    a.add_argument("--single", action="store_true", help="f32 arguments")
    a.add_argument("--coefficients", action="store_true")
    a = a.parse_args()
    if a.coefficients:
        coefficients()
    else:
        with multiprocessing.Pool() as pool:
            Path(a.out).write_bytes(table(a.points, pool))
