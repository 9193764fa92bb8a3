"""Writes the .mtx, .npy and .npz files beside it with NumPy and SciPy. Usage: python make.py (prints the versions)."""
import io
import pathlib
import sys
import zipfile

import numpy
import scipy.io
import scipy.sparse

here = pathlib.Path(__file__).parent


def say(name):
    print(name, (here / name).stat().st_size, "bytes")


# --- Matrix Market: scipy.io.mmwrite -----------------------------------------------------------------------------
def mtx(name, matrix, **options):
    with open(here / name, "wb") as file:
        scipy.io.mmwrite(file, matrix, **options)
    say(name)


A = numpy.array([[0.0, 1.5, 0.0], [-2e-300, 0.0, 1e308], [0.0, 0.0, 0.1]])
S = numpy.array([[2.0, -1.0, 0.0], [-1.0, 2.0, 0.5], [0.0, 0.5, 0.0]])
K = numpy.array([[0.0, -3.0, 0.25], [3.0, 0.0, 0.0], [-0.25, 0.0, 0.0]])
I = numpy.arange(6, dtype=numpy.int64).reshape(2, 3) - 2
sparse = scipy.sparse.coo_array
mtx("general.mtx", sparse(A), symmetry="general", comment=" the general one")
mtx("symmetric.mtx", sparse(S), symmetry="symmetric")
mtx("skew.mtx", sparse(K), symmetry="skew-symmetric")
mtx("pattern.mtx", sparse(A), field="pattern", symmetry="general")
mtx("pattern-symmetric.mtx", sparse(S), field="pattern", symmetry="symmetric")
mtx("integer.mtx", sparse(I), symmetry="general")
mtx("empty.mtx", sparse((3, 2), dtype=float), symmetry="general")
mtx("complex.mtx", sparse(A * 1j), symmetry="general")
mtx("array.mtx", A, symmetry="general")
mtx("array-symmetric.mtx", S, symmetry="symmetric")
mtx("array-skew.mtx", K, symmetry="skew-symmetric")
mtx("array-integer.mtx", I, symmetry="general")


# --- .npy: numpy.save and numpy.lib.format.write_array -----------------------------------------------------------
def npy(name, array, version=None):
    with open(here / name, "wb") as file:
        numpy.lib.format.write_array(file, array, version=version)
    say(name)


for code in ("f4", "f8", "i4", "i8"):
    for order, word in (("<", "le"), (">", "be")):
        npy(f"{code}-{word}.npy", (numpy.arange(6) - 2).astype(order + code).reshape(2, 3))
npy("u1.npy", numpy.arange(250, 256, dtype="u1").reshape(2, 3))
npy("b1.npy", numpy.array([True, False, True]))
npy("half-steps.npy", numpy.arange(6) / 2 - 1)
npy("fortran.npy", numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)))
npy("fortran-3d.npy", numpy.asfortranarray(numpy.arange(24, dtype="i4").reshape(2, 3, 4)))
npy("scalar.npy", numpy.array(7.5))
npy("vector.npy", numpy.arange(3.0))
npy("no-columns-no-rows.npy", numpy.zeros((0, 4)))
npy("v1.npy", numpy.arange(4.0).reshape(2, 2), (1, 0))
npy("v2.npy", numpy.arange(4.0).reshape(2, 2), (2, 0))
npy("v3.npy", numpy.arange(4.0).reshape(2, 2), (3, 0))
npy("bytes.npy", numpy.array(b"csr"))
npy("object.npy", numpy.array([None, 1], dtype=object))
npy("half.npy", numpy.arange(3, dtype="f2"))
npy("record.npy", numpy.zeros(2, dtype=[("a", "f8"), ("b", "i4")]))


# --- .npz: numpy.savez, numpy.savez_compressed, scipy.sparse.save_npz ---------------------------------------------
named = {"X": numpy.arange(6.0).reshape(2, 3), "labels": numpy.arange(4, dtype="i4"), "größe": numpy.array(2.5)}
numpy.savez(here / "stored.npz", **named)
say("stored.npz")
numpy.savez_compressed(here / "deflated.npz", **named, long=numpy.zeros(5000))
say("deflated.npz")
numpy.savez(here / "one.npz", numpy.arange(6.0).reshape(2, 3))
say("one.npz")
numpy.savez(here / "none.npz")
say("none.npz")
numpy.savez(here / "object.npz", X=numpy.arange(3.0), bad=numpy.array([None], dtype=object))
say("object.npz")


class Pipe(io.RawIOBase):
    """Cannot seek: the zip then holds sizes behind each member (data descriptors)."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(self.parts[-1])


for name, save in (("piped.npz", numpy.savez), ("piped-deflated.npz", numpy.savez_compressed)):
    pipe = Pipe()
    save(pipe, X=numpy.arange(6.0).reshape(2, 3), y=numpy.arange(3.0))
    (here / name).write_bytes(b"".join(pipe.parts))
    say(name)

with zipfile.ZipFile(here / "twice.npz", "w") as archive:
    for value in (1.0, 2.0):
        buffer = io.BytesIO()
        numpy.save(buffer, numpy.array([value]))
        archive.writestr(zipfile.ZipInfo("X.npy"), buffer.getvalue())
say("twice.npz")
with zipfile.ZipFile(here / "text.npz", "w") as archive:
    archive.writestr(zipfile.ZipInfo("readme.txt"), "not an array")
say("text.npz")

for kind in ("csr", "csc", "coo", "bsr", "dia"):
    scipy.sparse.save_npz(here / f"sparse-{kind}.npz", sparse(A).asformat(kind), compressed=kind != "coo")
    say(f"sparse-{kind}.npz")
messy = scipy.sparse.csr_matrix(
    (numpy.array([1, 2, 4, 8], dtype="i8"), numpy.array([2, 0, 2, 1]), numpy.array([0, 3, 3, 4])), shape=(3, 3)
)
scipy.sparse.save_npz(here / "sparse-unsorted.npz", messy)
say("sparse-unsorted.npz")

print("made by", pathlib.Path(__file__).name, "Python", sys.version.split()[0], "numpy", numpy.__version__, "scipy", scipy.__version__)
