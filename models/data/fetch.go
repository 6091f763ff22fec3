package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// Source is a set of published files that belong together.
type Source struct {
	// Name is the folder of the files in the cache.
	Name string

	// Base is the address that the paths of the files follow, without a slash at its end.
	Base string

	// Files are the files of the source.
	Files []File
}

// File is one published file.
type File struct {
	// Name is the name in the cache.
	Name string

	// Path follows the base address and a slash, escaped as addresses are. Default Name.
	Path string

	// SHA256 is the checksum in hexadecimal.
	SHA256 string

	// Size in bytes. 0 stands for unknown; no more than 1 GiB is then accepted.
	Size int64
}

// maxDownload bounds a file of unknown size.
const maxDownload = 1 << 30

// Fetch downloads the files of a [Source] into a cache, and uses what is there already. The zero
// value is ready for use.
type Fetch struct {
	// Base replaces the address of the source: a mirror of it.
	Base string

	// Dir is the cache. Default: the folder srnn in os.UserCacheDir.
	Dir string

	// Client makes the requests. Default http.DefaultClient, which waits for ever: bound it
	// by the context.
	Client *http.Client

	// Progress, if not nil, is called as bytes arrive, with how many of a file's total are
	// there; total is −1 if unknown. It is not called for cached files.
	Progress func(name string, done, total int64)
}

// Get returns the folder that holds all the files of the source, each with the right checksum.
// It downloads those that are missing from the cache or broken there. A file appears in the
// cache only when it is complete and right; until then a broken one stays.
func (f Fetch) Get(ctx context.Context, s Source) (dir string, err error) {
	if !isFileName(s.Name) {
		return "", errors.Errorf("data: fetch: source name %q is not a file name", s.Name)
	}
	dir = f.Dir
	if dir == "" {
		if dir, err = os.UserCacheDir(); err != nil {
			return "", errors.Wrap(err, "data: fetch: no cache folder")
		}
		dir = filepath.Join(dir, "srnn")
	}
	dir = filepath.Join(dir, s.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", errors.Wrap(err, "data: fetch")
	}
	if f.Base != "" {
		s.Base = f.Base
	}
	for _, file := range s.Files {
		if err := f.file(ctx, s.Base, dir, file); err != nil {
			return "", errors.Wrapf(err, "data: fetch %s", file.Name)
		}
	}
	return dir, nil
}

// file puts one file into dir unless it is there.
func (f Fetch) file(ctx context.Context, base, dir string, file File) error {
	if !isFileName(file.Name) {
		return errors.Errorf("%q is not a file name", file.Name)
	}
	if file.Path == "" {
		file.Path = file.Name
	}
	path := filepath.Join(dir, file.Name)
	switch ok, err := file.holds(path); {
	case err != nil:
		return err
	case ok:
		return nil
	}
	return f.download(ctx, strings.TrimRight(base, "/")+"/"+file.Path, path, file)
}

// isFileName tells whether name names a file in the folder it is joined to.
func isFileName(name string) bool {
	return filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, `/\`)
}

// holds tells whether path holds the file, whole and unchanged.
func (file File) holds(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(f, file.limit()+1)); err != nil {
		return false, err
	}
	return file.sums(sum.Sum(nil)), nil
}

// limit is the most bytes that the file may have.
func (file File) limit() int64 {
	if file.Size > 0 {
		return file.Size
	}
	return maxDownload
}

func (file File) sums(sum []byte) bool {
	return strings.EqualFold(hex.EncodeToString(sum), file.SHA256)
}

// download gets url into a temporary file beside path, checks it, and renames it to path.
func (f Fetch) download(ctx context.Context, url, path string, file File) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return err // names the address
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.Errorf("%s: status %s", url, response.Status)
	}

	part, err := os.CreateTemp(filepath.Dir(path), file.Name+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			part.Close()
			os.Remove(part.Name())
		}
	}()
	sum := sha256.New()
	body := io.TeeReader(io.LimitReader(response.Body, file.limit()+1), sum)
	if f.Progress != nil {
		body = &progress{Reader: body, name: file.Name, total: response.ContentLength, report: f.Progress}
	}
	n, err := io.Copy(part, body)
	switch {
	case err != nil:
		return errors.Wrapf(err, "%s: after %d bytes", url, n)
	case n > file.limit():
		return errors.Errorf("%s: more than %d bytes", url, file.limit())
	case file.Size > 0 && n != file.Size:
		return errors.Errorf("%s: %d bytes, want %d", url, n, file.Size)
	case !file.sums(sum.Sum(nil)):
		return errors.Errorf("%s: sha256 is %x, want %s", url, sum.Sum(nil), file.SHA256)
	}
	if err := part.Chmod(0o644); err != nil {
		return err
	}
	if err := part.Sync(); err != nil {
		return err
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// progress reports what is read through it.
type progress struct {
	io.Reader
	name        string
	done, total int64
	report      func(name string, done, total int64)
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.done += int64(n)
		p.report(p.name, p.done, p.total)
	}
	return n, err
}
