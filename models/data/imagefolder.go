package data

import (
	"bytes"
	"cmp"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/srnn-go/srnn/internal/tensorfile"
)

// ReadImageFolder reads a set of images to train on and one to test on from the IDX files of dir: those of MNIST,
// Fashion-MNIST, KMNIST, QMNIST and EMNIST by all names under which they are published, unpacked and kept,
//
//	train-images-idx3-ubyte, t10k-images.idx3-ubyte, test-labels-idx1-ubyte.gz,
//	emnist-letters-train-images-idx3-ubyte, qmnist-test-labels-idx2-int.gz,
//
// in upper or lower case, plain or compressed by gzip, in dir or, where it has none of them, in folders below it, as
// MNIST/raw, gzip, or a folder for each file. Files of NumPy count as well: kmnist-train-imgs.npz and the like, and whole
// sets as Keras has them, mnist.npz. Where a file is there twice with one content, the plain one is read; of
// several sets the option Set chooses, and without it they are an error that lists them.
//
// Where there is nothing to train on, train is nil; the test set must be there.
func ReadImageFolder(dir string, o ImageOptions) (train, test *Images, err error) {
	files, err := findImages(dir, o.Set)
	if err == nil {
		if train, err = o.readPart(files, "train"); err == nil {
			test, err = o.readPart(files, "test")
		}
	}
	switch {
	case err != nil:
	case test == nil:
		err = errors.Wrap(fs.ErrNotExist, "has no images to test on: neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz, nor one of their other names")
	case train != nil && (train.rows != test.rows || train.columns != test.columns):
		err = errors.Errorf("has images of %d×%d pixels to train on, and of %d×%d to test on", train.rows, train.columns, test.rows, test.columns)
	case train != nil && train.white != test.white && (train.floats == nil) == (test.floats == nil):
		err = errors.Errorf("white is %v in the images to train on, and %v in those to test on: set White", train.white, test.white)
	case train != nil:
		train.classes = max(train.classes, test.classes)
		test.classes = train.classes
	}
	if err != nil {
		return nil, nil, errors.Wrapf(err, "data: images: %s", dir)
	}
	return train, test, nil
}

// readPart reads the images to train on or those to test on, nil if there are none.
func (o ImageOptions) readPart(files []imageFile, part string) (*Images, error) {
	choose := only
	if len(files) == 1 && files[0].part == "" {
		choose = within
	}
	images, err := choose(files, part, "images")
	if err != nil {
		return nil, err
	}
	labels, err := choose(files, part, "labels")
	var none imageSource
	switch {
	case err != nil:
		return nil, err
	case images == none && labels == none:
		return nil, nil
	case images == none:
		return nil, errors.Errorf("lacks the images of %s", labels)
	case labels == none:
		return nil, errors.Errorf("lacks the labels of %s", images)
	}
	return o.read(images, labels)
}

// within is the array for a purpose in a file that holds a whole set, by the names of Keras, x_train, or the others in
// use, train_images.
func within(files []imageFile, part, kind string) (s imageSource, err error) {
	path := files[0].path
	f, err := tensorfile.Open(path, 0)
	if err != nil {
		return s, err
	}
	defer f.Close()
	short := map[string]string{"images": "x_", "labels": "y_"}[kind] + part
	for _, name := range []string{short, part + "_" + kind} {
		if !f.Has(name) {
			continue
		}
		if s.array != "" {
			return s, errors.Errorf("%s has arrays %s and %s", path, s.array, name)
		}
		s = imageSource{path, name}
	}
	return s, nil
}

// imageFile is a file that its name tells to be one of images or labels.
type imageFile struct {
	path       string
	set        string // to which it belongs: folder and prefix
	words      []string
	part, kind string // "train" or "test", "images" or "labels"; "" for a file of all
}

var (
	// imageName are the names of such files.
	imageName = regexp.MustCompile(`^(?:(.+)[-_.])?(train|t10k|test)[-_.](images|labels)[-_.]idx[0-9]?(?:[-_.][a-z]+)?(?:\.(?:gz|xz|bz2|zip|zst|7z))?$`)

	// numPyName are those of NumPy files, and wholeName those of files that hold a whole set.
	numPyName = regexp.MustCompile(`^(?:(.+)[-_.])?(train|t10k|test)[-_.](images|imgs|labels)\.np[yz]$`)
	wholeName = regexp.MustCompile(`^(.*mnist.*)\.npz$`)

	// neutral are names of folders that do not tell which set it is.
	neutral = regexp.MustCompile(`^(train|training|test|testing|t10k|images|labels|raw|gzip)$`)

	packedName = regexp.MustCompile(`\.(gz|xz|bz2|zip|zst|7z)$`)
)

const (
	maxFolders = 5      // below each other
	maxEntries = 200000 // of all folders
	maxSets    = 20     // that a message lists
)

// findImages finds the files of one set in a folder or below it.
func findImages(dir, set string) ([]imageFile, error) {
	entries := 0
	files, err := searchImages(dir, nil, &entries)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(files, func(f imageFile) bool { return f.own(dir) }) {
		files = slices.DeleteFunc(files, func(f imageFile) bool { return !f.own(dir) })
	}
	sets := func(files []imageFile) (names []string) {
		for _, f := range files {
			names = append(names, f.set)
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	all := sets(files)
	if set != "" {
		files = chosenImages(files, strings.ToLower(set))
		if len(files) == 0 {
			return nil, errors.Errorf("has no set %q of images; it has %s", set, list(all))
		}
	}
	if s := sets(files); len(s) > 1 {
		return nil, errors.Errorf("has several sets of images, %s: choose by the option Set, or name a folder", list(s))
	}
	return files, nil
}

// chosenImages are the files of a set by its name as messages list it or, where none has that, by a word. Files without
// a name of their own may be those of MNIST, which emnist-mnist is not.
func chosenImages(files []imageFile, set string) (chosen []imageFile) {
	for _, f := range files {
		if strings.ToLower(f.set) == set {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) > 0 {
		return chosen
	}
	for _, f := range files {
		if slices.Contains(f.words, set) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) > 0 && set == "mnist" {
		for _, f := range files {
			if f.set == "idx" {
				chosen = append(chosen, f)
			}
		}
	}
	return chosen
}

// list lists sets.
func list(sets []string) string {
	if len(sets) == 0 {
		return "none"
	}
	s := strings.Join(sets[:min(len(sets), maxSets)], ", ")
	if len(sets) > maxSets {
		s += ", …"
	}
	return s
}

// own reports whether a file lies in dir itself, or there in a folder of its own name.
func (f imageFile) own(dir string) bool { return filepath.Clean(f.home()) == filepath.Clean(dir) }

// home is the folder that a file lies in, or, if that has the name of the file, the one around it.
func (f imageFile) home() string {
	dir, name := filepath.Split(f.path)
	dir = filepath.Clean(dir)
	plain := func(s string) string { return packedName.ReplaceAllString(strings.ToLower(s), "") }
	if plain(filepath.Base(dir)) == plain(name) {
		return filepath.Dir(dir)
	}
	return dir
}

// searchImages finds files in a folder; below are the names of the folders down to it from the first. Where that one has
// such files itself, others below it have nothing to do with them, but for folders of the name of a file.
func searchImages(dir string, below []string, entries *int) (files []imageFile, err error) {
	found, folders, n, err := imagesIn(dir, below)
	if err != nil {
		if len(below) > 0 {
			return nil, nil // what cannot be read has nothing to do with it
		}
		return nil, bare(err)
	}
	files = found
	if own := len(below) == 0 && len(files) > 0; own {
		folders = slices.DeleteFunc(folders, func(name string) bool { return !imageName.MatchString(strings.ToLower(name)) })
	} else if *entries += n; *entries > maxEntries {
		return nil, errors.Errorf("has more than %d files and folders: name the folder of the images itself", maxEntries)
	}
	if len(below) == maxFolders {
		return files, nil
	}
	for _, name := range folders {
		more, err := searchImages(filepath.Join(dir, name), append(slices.Clone(below), name), entries)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// imagesIn lists the files of images and the folders of a folder, and counts all that is there. Of other files, of
// which there may be many, it keeps nothing.
func imagesIn(dir string, below []string) (files []imageFile, folders []string, n int, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, nil, 0, err
	}
	defer d.Close()
	for err == nil {
		var found []os.DirEntry
		found, err = d.ReadDir(1000)
		n += len(found)
		for _, e := range found {
			f, ok := imageFileOf(filepath.Join(dir, e.Name()), below)
			switch {
			case strings.HasPrefix(e.Name(), ".") || e.Name() == "__MACOSX":
			case isFolder(dir, e):
				if len(folders) <= maxEntries {
					folders = append(folders, e.Name())
				}
			case ok:
				files = append(files, f)
			}
		}
	}
	if err != io.EOF {
		return nil, nil, 0, err
	}
	slices.SortFunc(files, func(a, b imageFile) int { return cmp.Compare(a.path, b.path) })
	slices.Sort(folders)
	return files, folders, n, nil
}

// imageFileOf is what the name of a file and those of the folders that it lies in tell.
func imageFileOf(path string, below []string) (f imageFile, ok bool) {
	name := strings.ToLower(filepath.Base(path))
	m := imageName.FindStringSubmatch(name)
	if m == nil {
		m = numPyName.FindStringSubmatch(name)
	}
	if m == nil {
		if m = wholeName.FindStringSubmatch(name); m == nil {
			return f, false
		}
		m = append(m, "", "")
	}
	f = imageFile{path: path, part: m[2], kind: m[3]}
	if f.part == "t10k" {
		f.part = "test"
	}
	if f.kind == "imgs" {
		f.kind = "images"
	}
	if f.home() != filepath.Dir(path) {
		below = below[:max(len(below)-1, 0)]
	}
	var tells []string
	for _, b := range below {
		f.words = append(f.words, strings.ToLower(b))
		if !neutral.MatchString(strings.ToLower(b)) {
			tells = append(tells, b)
		}
	}
	if m[1] != "" {
		f.words = append(append(f.words, m[1]), strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune("-_.", r) })...)
		tells = append(tells, m[1])
	}
	format := "idx"
	if isNumPy(name) {
		format = "numpy"
	}
	f.words = append(f.words, format)
	if f.set = filepath.Join(tells...); f.set == "" {
		f.set = format
	} else if f.part == "" {
		f.set += ".npz"
	}
	return f, true
}

// only is the one file for a purpose, nothing if there is none. Of several with the same content it is the plain one.
func only(files []imageFile, part, kind string) (imageSource, error) {
	var fit []string
	for _, f := range files {
		if f.part == part && f.kind == kind {
			fit = append(fit, f.path)
		}
	}
	if len(fit) == 0 {
		return imageSource{}, nil
	}
	slices.SortStableFunc(fit, func(a, b string) int { return cmp.Compare(packing(a), packing(b)) })
	for _, other := range fit[1:] {
		if packing(other) > 1 {
			continue // a compression that is not read, beside a file that is
		}
		same, err := sameContent(fit[0], other)
		if err != nil {
			return imageSource{}, err
		}
		if !same {
			return imageSource{}, errors.Errorf("has %s and %s, which differ: there is to be one file of %s for each set", fit[0], other, kind)
		}
	}
	return imageSource{path: fit[0]}, nil
}

// packing orders files: plain ones, those of gzip, and others.
func packing(path string) int {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case !packedName.MatchString(ext):
		return 0
	case ext == ".gz":
		return 1
	}
	return 2
}

// sameContent reports whether two IDX files hold the same.
func sameContent(a, b string) (bool, error) {
	if isNumPy(a) || isNumPy(b) {
		return false, nil // which are there once
	}
	x, err := openIDX(a)
	if err != nil {
		return false, errors.Wrap(err, a)
	}
	defer x.Close()
	y, err := openIDX(b)
	if err != nil {
		return false, errors.Wrap(err, b)
	}
	defer y.Close()
	if x.kind != y.kind || !slices.Equal(x.dims, y.dims) {
		return false, nil
	}
	p, q := make([]byte, 1<<15), make([]byte, 1<<15)
	for left := x.size; left > 0; {
		n := min(left, int64(len(p)))
		if _, err := io.ReadFull(x.r, p[:n]); err != nil {
			return false, errors.Wrap(err, a)
		}
		if _, err := io.ReadFull(y.r, q[:n]); err != nil {
			return false, errors.Wrap(err, b)
		}
		if !bytes.Equal(p[:n], q[:n]) {
			return false, nil
		}
		left -= n
	}
	return true, nil
}
