"""With powers only."""


def noise_std(step, eta=0.3, gamma=0.55):
    if eta < 0 or step < 0:
        raise ValueError(f"step and eta must be at least 0, got step={step}, eta={eta}")
    return float(eta**0.5 * (step + 1.0) ** (-gamma / 2))
