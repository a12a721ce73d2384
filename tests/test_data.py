"""The images of the course: the embedded ones, CIFAR-10, and folders of files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from torchdojo.data import load_fashion_mnist
from torchdojo.data.choose import load_images
from torchdojo.data.errors import DataError
from torchdojo.data.folder import load_folder
from torchdojo.data.vision import prepare_torchvision


@pytest.mark.parametrize(("split", "count"), [("train", 4000), ("test", 1000)])
def test_the_embedded_images_have_the_documented_split(split, count) -> None:
    images = load_fashion_mnist(split)
    assert images.images.shape == (count, 3, 32, 32)
    assert images.images.dtype == torch.uint8
    assert images.labels.dtype == torch.int64
    assert images.labels.bincount().tolist() == [count // 10] * 10
    assert len(images.classes) == 10


def test_normalised_images_have_mean_zero_and_deviation_one() -> None:
    x = load_fashion_mnist("train").normalised()
    assert x.dtype == torch.float32
    assert x.mean().abs() < 0.02
    assert (x.std() - 1).abs() < 0.02


def test_no_image_is_in_both_splits() -> None:
    train, test = ({bytes(i.numpy()) for i in load_fashion_mnist(s).images} for s in ("train", "test"))
    assert not train & test


def test_a_dataset_hands_out_pictures() -> None:
    images = load_fashion_mnist("test").first(3)
    picture, label = images.dataset(lambda p: p)[2]
    assert (picture.size, picture.mode, label) == ((32, 32), "RGB", images.labels[2].item())
    assert len(images) == 3


def folder_of_images(root: Path, splits=("train",), each: int = 12, size=(40, 20)) -> Path:
    for split in splits:
        for label, colour in (("ant", (200, 0, 0)), ("bee", (0, 0, 200))):
            place = root / split / label
            place.mkdir(parents=True)
            for number in range(each):
                Image.new("RGB", size, colour).save(place / f"{number}.png")
            (place / "notes.txt").write_text("not an image")
    return root


def test_a_folder_is_read_and_brought_to_size(tmp_path) -> None:
    folder = folder_of_images(tmp_path, ("train", "test"))
    images = load_folder(folder, "train")
    assert images.classes == ("ant", "bee")
    assert images.images.shape == (24, 3, 32, 32)
    red = images.images[images.labels == 0].double().mean(dim=(0, 2, 3))
    assert red.tolist() == pytest.approx([200, 0, 0], abs=1)
    assert len(load_images(str(folder), "test", tmp_path)) == 24


def test_without_a_test_folder_every_tenth_image_is_held_out(tmp_path) -> None:
    folder = folder_of_images(tmp_path)
    train, test = load_folder(folder, "train"), load_folder(folder, "test")
    assert (len(train), len(test)) == (21, 3)


def test_a_test_folder_with_another_class_is_refused(tmp_path) -> None:
    folder = folder_of_images(tmp_path, ("train", "test"))
    (folder / "test" / "bee").rename(folder / "test" / "Bees")
    with pytest.raises(DataError, match=r"test.Bees: .*train has no class of this name"):
        load_folder(folder, "test")


@pytest.mark.parametrize("damage", ["nothing", "no images", "a broken image"])
def test_a_folder_that_cannot_be_used_is_one_clear_line(tmp_path, damage) -> None:
    if damage != "nothing":
        (tmp_path / "train" / "ant").mkdir(parents=True)
    if damage == "a broken image":
        (tmp_path / "train" / "ant" / "1.jpg").write_bytes(b"not a picture")
    with pytest.raises(DataError) as caught:
        load_folder(tmp_path, "train")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cifar10_without_a_network_is_one_clear_line_and_leaves_nothing(tmp_path, monkeypatch) -> None:
    prepare_torchvision()
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(DataError) as caught:
        load_images("cifar10", "train", tmp_path)
    assert "cannot be downloaded" in str(caught.value)
    assert "--data fashion" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_unknown_data_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="neither fashion, nor cifar10, nor a folder"):
        load_images("mnist", "train", tmp_path)
