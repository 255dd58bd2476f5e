from . import cycle_envelope_summary
