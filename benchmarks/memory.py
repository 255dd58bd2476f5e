"""How much memory a piece of work needs at its height."""

from pathlib import Path

_STATUS = Path("/proc/self/status")
_REFS = Path("/proc/self/clear_refs")
MB = 1024


def measure_peak(work):
    """Do some work and see by how much this process grew at most meanwhile.

    :param work: function without arguments
    :return: (what it returned, growth in MB (float), or None where this system does not tell)
    """
    try:
        # 5: forget the highest size so far.
        _REFS.write_text("5")
        before = _read("VmRSS")
    except OSError:
        return work(), None
    result = work()
    return result, max(_read("VmHWM") - before, 0) / MB


def _read(name):
    """Return one line of the process's status, in kB."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise OSError(f"no {name} in {_STATUS}")
