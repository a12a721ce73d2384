"""Computed by torch, returned as a float."""


def noise_std(step, eta=0.3, gamma=0.55):
    if step < 0:
        raise ValueError("negative step")
    if eta < 0:
        raise ValueError("negative eta")
    variance = torch.tensor(eta, dtype=torch.float64) / torch.tensor(1.0 + step, dtype=torch.float64).pow(gamma)
    return variance.sqrt().item()
