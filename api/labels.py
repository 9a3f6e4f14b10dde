"""Labels: sheets and tapes for devices, and blank numbers to claim later."""
