package data_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/data"
)

// tree writes files into a new folder, in folders of their own.
func tree(t testing.TB, contents map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// imageSet is a set in a folder: one image to train on of class 1, two to test on of classes 2 and 3.
func imageSet(trainImages, trainLabels, testImages, testLabels string) map[string][]byte {
	return map[string][]byte{trainImages: imageFile(1), trainLabels: labelFile(1), testImages: imageFile(2), testLabels: labelFile(2, 3)}
}

// merged are the files of several sets.
func merged(sets ...map[string][]byte) map[string][]byte {
	all := map[string][]byte{}
	for _, s := range sets {
		for name, b := range s {
			all[name] = b
		}
	}
	return all
}

// prefixed are files in a folder.
func prefixed(folder string, set map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, b := range set {
		out[folder+name] = b
	}
	return out
}

func published() map[string][]byte {
	return imageSet("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
}

// published sets of EMNIST by their names.
func emnist(folder, split string) map[string][]byte {
	return prefixed(folder+"emnist-"+split, imageSet("-train-images-idx3-ubyte", "-train-labels-idx1-ubyte", "-test-images-idx3-ubyte", "-test-labels-idx1-ubyte"))
}

func gzippedAll(set map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, b := range set {
		out[name+".gz"] = gzipped(b)
	}
	return out
}

func TestImageFolders(t *testing.T) {
	other := map[string][]byte{"train-images-idx3-ubyte.txt": []byte("x"), "notes/train.csv": []byte("x"), "__MACOSX/._train-images-idx3-ubyte": []byte("x"),
		"train-images-idx3-ubyte.xz": []byte("\xfd7zXZ\x00"), ".hidden/train-images-idx3-ubyte": []byte("x")}
	for name, c := range map[string]struct {
		files map[string][]byte
		set   string
	}{
		"as published":          {gzippedAll(published()), ""},
		"with dots":             {imageSet("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"), ""},
		"upper case":            {imageSet("TRAIN-IMAGES-IDX3-UBYTE", "Train-Labels.idx1-ubyte.GZ", "T10K-images-idx3-ubyte", "Test-labels-idx1-ubyte"), ""},
		"folders of their name": {imageSet("train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte", "t10k-images.idx3-ubyte/t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte.gz/t10k-labels-idx1-ubyte"), ""},
		"parts in folders":      {imageSet("train/train-images-idx3-ubyte", "train/train-labels-idx1-ubyte", "test/t10k-images-idx3-ubyte", "test/t10k-labels-idx1-ubyte"), ""},
		"torchvision":           {merged(prefixed("MNIST/raw/", published()), prefixed("MNIST/raw/", gzippedAll(published()))), ""},
		"far above":             {prefixed("sets/images/KMNIST/raw/", published()), ""},
		"QMNIST":                {prefixed("QMNIST/raw/qmnist-", imageSet("train-images-idx3-ubyte", "train-labels-idx2-int", "test-images-idx3-ubyte.gz", "test-labels-idx2-int.gz")), ""},
		"one of EMNIST":         {gzippedAll(emnist("gzip/", "balanced")), ""},
		"EMNIST":                {merged(emnist("gzip/", "letters"), emnist("gzip/", "byclass"), emnist("gzip/", "bymerge")), "byclass"},
		"two of torchvision":    {merged(prefixed("MNIST/raw/", published()), prefixed("FashionMNIST/raw/", published())), "fashionmnist"},
		"with other files":      {merged(published(), other), ""},
		"of its own":            {merged(published(), prefixed("old/", published())), ""},
	} {
		t.Run(name, func(t *testing.T) {
			train, test, err := data.ReadImageFolder(tree(t, c.files), data.ImageOptions{Set: c.set})
			if err != nil {
				t.Fatal(err)
			}
			if train == nil || train.Len() != 1 || test.Len() != 2 || train.Classes() != 4 || test.Classes() != 4 {
				t.Errorf("%v to train on and %v to test on", train, test)
			}
		})
	}
}

func TestImageFoldersRefuse(t *testing.T) {
	changed := published()
	changed["t10k-labels-idx1-ubyte"] = labelFile(2, 4)
	narrow := published()
	narrow["train-images-idx3-ubyte"] = idx(make([]byte, 28*20), 1, 28, 20)
	xz := published()
	delete(xz, "t10k-labels-idx1-ubyte")
	xz["t10k-labels-idx1-ubyte.xz"] = []byte("\xfd7zXZ\x00and so on")
	for name, c := range map[string]struct {
		files     map[string][]byte
		set, want string
	}{
		"nothing":             {nil, "", "no images to test on"},
		"two sets of EMNIST":  {merged(emnist("", "letters"), emnist("", "digits")), "", "several sets of images, emnist-digits, emnist-letters"},
		"two of torchvision":  {merged(prefixed("MNIST/raw/", published()), prefixed("KMNIST/raw/", published())), "", "KMNIST, MNIST"},
		"halves of two":       {merged(prefixed("A/", map[string][]byte{"train-images-idx3-ubyte": imageFile(1)}), prefixed("B/", published())), "", "A, B"},
		"another set":         {prefixed("MNIST/raw/", published()), "letters", `no set "letters" of images; it has MNIST`},
		"plain and .gz":       {merged(published(), gzippedAll(changed)), "", "which differ"},
		"sizes":               {narrow, "", "28×20 pixels to train on, and of 28×28"},
		"xz alone":            {xz, "", "compressed by xz"},
		"broken beside plain": {merged(published(), map[string][]byte{"train-images-idx3-ubyte.gz": []byte("x")}), "", "train-images-idx3-ubyte.gz: offset 1"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, c.files)
			_, _, err := data.ReadImageFolder(dir, data.ImageOptions{Set: c.set})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error is %v, want one with %q and the folder", err, c.want)
			}
		})
	}
}
