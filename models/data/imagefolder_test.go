package data_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
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

// npy is a .npy file.
func npy(descr, shape string, elements []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header))), header+string(elements)...)
}

// npz is an archive of .npy files.
func npz(arrays map[string][]byte) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, b := range arrays {
		if w, err := z.Create(name + ".npy"); err == nil {
			w.Write(b)
		}
	}
	z.Close()
	return out.Bytes()
}

// Sets of NumPy files hold the same as those of IDX.
func TestImagesOfNumPy(t *testing.T) {
	const header = 16
	var labels []byte // of 64 bits
	for _, v := range []uint64{2, 3} {
		labels = binary.LittleEndian.AppendUint64(labels, v)
	}
	var floats []byte // of one channel
	for _, v := range imageFile(2)[header:] {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(v)))
	}
	x, y := npy("|u1", "1, 28, 28", imageFile(1)[header:]), npy("|u1", "1,", []byte{1})
	xTest, yTest := npy("|u1", "2, 28, 28", imageFile(2)[header:]), npy("<i8", "2,", labels)
	array := func(b []byte) []byte { return npz(map[string][]byte{"arr_0": b}) }
	for name, files := range map[string]map[string][]byte{
		"Keras":    {"mnist.npz": npz(map[string][]byte{"x_train": x, "y_train": y, "x_test": xTest, "y_test": yTest, "more": y})},
		"KMNIST":   {"kmnist-train-imgs.npz": array(x), "kmnist-train-labels.npz": array(y), "kmnist-test-imgs.npz": array(xTest), "kmnist-test-labels.npz": array(yTest)},
		"plain":    {"train_images.npy": x, "train_labels.npy": y, "test_images.npy": npy("<f4", "2, 28, 28, 1", floats), "test_labels.npy": npy("<i8", "2, 1", labels)},
		"MedMNIST": {"pneumoniamnist.npz": npz(map[string][]byte{"train_images": x, "train_labels": y, "test_images": xTest, "test_labels": yTest})},
	} {
		train, test, err := data.ReadImageFolder(tree(t, files), data.ImageOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		pixels, class, err := test.Image(1)
		if err != nil || train.Len() != 1 || test.Len() != 2 || class != 3 || test.Classes() != 4 || pixels[200] != float32(201)/255 {
			t.Errorf("%s: %v and %v, class %d, pixel %v: %v", name, train, test, class, pixels[200], err)
		}
	}
	for want, files := range map[string]map[string][]byte{
		"arrays x_train and train_images":            {"mnist.npz": npz(map[string][]byte{"x_train": x, "y_train": y, "train_images": x})},
		"no images to test on":                       {"mnist.npz": npz(map[string][]byte{"x_train": x, "y_train": y})},
		"lacks the labels of":                        {"mnist.npz": npz(map[string][]byte{"x_test": x})},
		"has shape [2 1 28 28 1], want three":        {"mnist.npz": npz(map[string][]byte{"x_test": npy("|u1", "2, 1, 28, 28, 1", imageFile(2)[header:]), "y_test": yTest})},
		"y_test: element 0 of type I64 is about 9.2": {"mnist.npz": npz(map[string][]byte{"x_test": x, "y_test": npy("<i8", "1,", []byte{255, 255, 255, 255, 255, 255, 255, 127})})},
		"several sets of images, idx, mnist.npz":     merged(published(), map[string][]byte{"mnist.npz": npz(map[string][]byte{"x_test": x})}),
		"begins with":                                {"mnist.npz": []byte("no zip, and long enough for that")},
		"has the arrays a, b, want one":              {"test_images.npz": npz(map[string][]byte{"a": x, "b": x}), "test_labels.npy": y},
	} {
		dir := tree(t, files)
		if _, _, err := data.ReadImageFolder(dir, data.ImageOptions{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	both := tree(t, merged(published(), map[string][]byte{"mnist.npz": npz(map[string][]byte{"x_test": x, "y_test": y})}))
	for set, n := range map[string]int{"idx": 2, "numpy": 1} {
		if _, test, err := data.ReadImageFolder(both, data.ImageOptions{Set: set}); err != nil || test.Len() != n {
			t.Errorf("set %s: %v, %v", set, test, err)
		}
	}
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
		"short names":           {imageSet("train-images.idx", "train_labels_idx1_ubyte", "test-images.idx3", "test-labels.idx.gz"), ""},
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

// Of several sets in one folder, each can be chosen by the name by which it is listed, or by a word that no other has.
func TestImageSets(t *testing.T) {
	dir := tree(t, merged(published(), emnist("", "mnist"), emnist("", "letters"), emnist("", "balanced")))
	for set, column := range map[string]bool{"idx": false, "emnist-mnist": true, "Letters": true, "balanced": true, "EMNIST-letters": true} {
		_, test, err := data.ReadImageFolder(dir, data.ImageOptions{Set: set})
		if err != nil || strings.Contains(test.String(), "column by column") != column {
			t.Errorf("%s: %v, %v", set, test, err)
		}
	}
	for set, want := range map[string]string{"": "emnist-mnist, idx", "mnist": "several sets of images, emnist-mnist, idx", "emnist": "emnist-letters, emnist-mnist: choose", "digits": "no set"} {
		if _, _, err := data.ReadImageFolder(dir, data.ImageOptions{Set: set}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", set, err, want)
		}
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
