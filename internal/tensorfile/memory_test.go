package tensorfile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// bomb is a zip archive of a .npy file of so many zeros.
func bomb(t *testing.T, zeros int) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("a.npy")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, described("|u1", "False", fmt.Sprintf("(%d,)", zeros), "")); err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 1<<20); zeros > 0; zeros -= len(block) {
		if _, err := f.Write(block[:min(zeros, len(block))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// liar is a zip archive of a .npy file that is said to inflate to far more than it does.
func liar(t *testing.T, said int) string {
	t.Helper()
	header := described("|u1", "False", fmt.Sprintf("(%d,)", said), "")
	data := header + strings.Repeat("x", 5<<20)
	deflated := ""
	for rest := data; ; rest = rest[65535:] { // blocks that are stored as they are, RFC 1951
		n, last := min(len(rest), 65535), byte(0)
		if n == len(rest) {
			last = 1
		}
		deflated += string([]byte{last, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}) + rest[:n]
		if last == 1 {
			break
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateRaw(&zip.FileHeader{Name: "a.npy", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(data)),
		CompressedSize64: uint64(len(deflated)), UncompressedSize64: uint64(len(header) + said)})
	if err == nil {
		_, err = io.WriteString(f, deflated)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// directory is a zip archive whose directory has as many entries as asked for, all of them for one member.
func directory(t *testing.T, entries int, name func(i int) string) string {
	t.Helper()
	one := zipped(t, zip.Store, "a.npy", described("|u1", "False", "(1000,)", strings.Repeat("\x00", 1000)))
	at := strings.Index(one, "PK\x01\x02")
	end := strings.Index(one, "PK\x05\x06")
	var b strings.Builder
	b.WriteString(one[:at])
	for i := range entries {
		n := name(i)
		b.WriteString(one[at:at+28] + le32(len(n))[:2] + one[at+30:at+46] + n)
	}
	size := b.Len() - at
	b.WriteString(one[end:end+8] + strings.Repeat(le32(min(entries, 0xffff))[:2], 2) + le32(size) + le32(at) + "\x00\x00")
	return b.String()
}

// zip64 is a zip archive whose 64-bit end says what is asked for.
func zip64(t *testing.T, entries, size, at int) string {
	t.Helper()
	one := zipped(t, zip.Store, "a.npy", described("|u1", "False", "(1,)", "\x00"))
	end := strings.Index(one, "PK\x05\x06")
	return one[:end] + "PK\x06\x06" + le64(44) + le32(45) + le64(0) + le64(entries) + le64(entries) + le64(size) + le64(at) +
		"PK\x06\x07" + le32(0) + le64(end) + le32(1) + "PK\x05\x06" + le32(0) + strings.Repeat("\xff", 12) + "\x00\x00"
}

// headerOf is a safetensors file with a header of about so many bytes, of equal entries with different names.
func headerOf(size int, entry string) string {
	var b strings.Builder
	b.WriteString("{")
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `"%x":%s`, i, entry)
	}
	b.WriteString("}")
	return container(b.String(), 0)
}

// The memory of readers stays within three times the file and a constant, whatever is in it.
func TestMemory(t *testing.T) {
	const tensor = `{"dtype":"U8","shape":[%s],"data_offsets":[0,0]}`
	digits := func(i int) string { return fmt.Sprintf("%x.npy", i) }
	for _, c := range []struct {
		name  string
		make  func(t *testing.T) string
		wrong string // empty: the file is read
	}{
		{"deflate bomb", func(t *testing.T) string { return bomb(t, 100<<20) }, "would take 100.0 MiB of memory"},
		{"deflate lie", func(t *testing.T) string { return liar(t, 150<<20) }, "cannot be inflated"},
		{"overlapping members", func(t *testing.T) string { return directory(t, 65_535, digits) }, "they overlap"},
		{"directory alone", func(t *testing.T) string { return directory(t, 400_000, digits) }, "the directory has"},
		{"zip64: many entries", func(t *testing.T) string { return zip64(t, 1<<62, 50, 0) }, "zip"},
		{"zip64: large directory", func(t *testing.T) string { return zip64(t, 1, 1<<62, 0) }, "beyond the end"},
		{"zip64: directory far away", func(t *testing.T) string { return zip64(t, 1, 50, 1<<62) }, "beyond the end"},
		{"many arrays", func(t *testing.T) string {
			var files []string
			for i := range 70_000 { // more than the 32-bit end of an archive can count
				files = append(files, digits(i), described("|u1", "False", "(1,)", "x"))
			}
			return zipped(t, zip.Store, files...)
		}, ""},
		{"many tensors", func(t *testing.T) string { return headerOf(20<<20, fmt.Sprintf(tensor, "0")) }, ""},
		{"many tensors of long names", func(t *testing.T) string {
			return headerOf(20<<20, fmt.Sprintf(tensor, "0")+`,"`+strings.Repeat("x", 1000)+`%[1]x":`+fmt.Sprintf(tensor, "0"))
		}, "two entries"},
		{"axes", func(t *testing.T) string { return headerOf(20<<20, fmt.Sprintf(tensor, strings.Repeat("0,", 63)+"0")) }, "far more"},
		{"metadata", func(t *testing.T) string {
			return strings.Replace(strings.Replace(headerOf(20<<20, `""`), `{`, `{"__metadata__":{`, 1), "}", "}", 1)
		}, "far more"},
		{"nested", func(t *testing.T) string { return container("{"+strings.Repeat(`"a":{`, 4<<20), 0) }, "header"},
		{"npy header", func(t *testing.T) string { return npy(2, "{'shape': ("+strings.Repeat("1,", 30_000), "") }, "64 axes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := c.make(t)
			peak, err := memlimit.Run(t, 3*int64(len(in))+64<<20, func() error {
				_, err := read(in)
				return err
			})
			if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v, want an error with %q", err, c.wrong)
			}
			t.Logf("%.1f MiB for a file of %.1f MiB", float64(peak)/(1<<20), float64(len(in))/(1<<20))
		})
	}
}
