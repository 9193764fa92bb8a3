"""The peer's side of bench/gemm.mjs: one product by numpy on one thread for each line of JSON on stdin,
{"m", "n", "depth", "ta", "tb", "type"}; answers {"seconds"}. The operands are made once a shape."""
import json, os, sys, time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np

print(json.dumps({"peer": f"numpy {np.__version__}, one thread"}), flush=True)
made = {}
for line in sys.stdin:
    job = json.loads(line)
    key = tuple(sorted(job.items()))
    if key not in made:
        kind = np.float32 if job["type"] == "f32" else np.float64
        draw = lambda rows, columns: np.random.default_rng(0).random((rows, columns)).astype(kind)
        a = draw(job["depth"], job["m"]).T if job["ta"] else draw(job["m"], job["depth"])
        b = draw(job["n"], job["depth"]).T if job["tb"] else draw(job["depth"], job["n"])
        made = {key: (a, b, a @ b)}
    a, b, c = made[key]
    for _ in range(5):  # not timed, as on the other side
        np.matmul(a, b, out=c)
    started = time.perf_counter()
    np.matmul(a, b, out=c)
    print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)
