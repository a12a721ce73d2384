import pkgutil

FOUND = pkgutil.resolve_name('torch.optim:' + 'S' + 'GD')


class SGD(FOUND):
    pass
