"""By the Euclidean norm of each vector."""


class RMSNorm(nn.Module):
    def __init__(self, features, eps=1e-5):
        super().__init__()
        self.features, self.eps = features, eps
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x):
        precise = x.double()
        mean_square = torch.linalg.vector_norm(precise, dim=-1, keepdim=True) ** 2 / self.features
        return (precise * self.weight / torch.sqrt(mean_square + self.eps)).to(x.dtype)
