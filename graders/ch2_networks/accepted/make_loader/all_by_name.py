"""Every option given by name, in two branches."""


def make_loader(dataset, batch_size, train):
    if train:
        return DataLoader(dataset=dataset, batch_size=batch_size, shuffle=True, drop_last=False, num_workers=0)
    return torch.utils.data.DataLoader(dataset, batch_size=batch_size, shuffle=False)
