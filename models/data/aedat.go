package data

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/pkg/errors"
)

// aedatMagic begins the files of AEDAT, with the version.
const aedatMagic = "#!AER-DAT"

// aedatMaxHeader is the longest header of text, bytes.
const aedatMaxHeader = 1 << 20

// openAEDAT opens a recording of any version that is read.
func openAEDAT(path string, o DVSOptions) (dvsFormat, func() error, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := newAEDAT(file, o)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return f, file.Close, nil
}

func newAEDAT(file *os.File, o DVSOptions) (dvsFormat, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, min(info.Size(), 16))
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, err
	}
	version, ok := bytes.CutPrefix(head, []byte(aedatMagic))
	if !ok {
		return nil, errors.Errorf("begins with %s, not with %s: it is no AEDAT file of version 2, 3 or 4", quoteShort(string(head)), aedatMagic)
	}
	end := bytes.IndexAny(version, "\r\n")
	if end < 0 {
		end = len(version)
	}
	switch string(bytes.TrimSpace(version[:end])) {
	case "2.0":
		return newAEDAT2(file, info.Size(), o)
	case "3.1":
		return newAEDAT3(file, info.Size())
	case "4.0":
		if !bytes.HasPrefix(version, []byte("4.0\r\n")) {
			return nil, errors.New("byte 12: the line of the version ends otherwise than in \\r\\n, as where line ends were changed in transfer")
		}
		return newAEDAT4(file, info.Size())
	}
	return nil, errors.Errorf("is of AEDAT version %s, of which 2.0, 3.1 and 4.0 are read", quoteShort(string(version[:end])))
}

// aedatHeader reads the lines of text at the beginning of a file, each with its end. A line is one of the header if it
// begins with # and has nothing but printable characters up to its end: the events that follow may begin with #, too.
func aedatHeader(r io.ReaderAt, size int64, end string) (lines []string, at int64, err error) {
	head := make([]byte, min(size, aedatMaxHeader))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, 0, err
	}
	for rest := head; len(rest) > 0 && rest[0] == '#'; {
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 || bytes.IndexFunc(rest[:n], func(c rune) bool { return c < ' ' && c != '\t' && c != '\r' && c != '\n' }) >= 0 {
			break
		}
		line := strings.TrimSpace(string(rest[:n]))
		lines, at, rest = append(lines, line), at+int64(n), rest[n:]
		if line == end {
			return lines, at, nil
		}
	}
	return lines, at, nil
}

// davisCameras are cameras and their sensors in pixels.
var davisCameras = map[string][2]int{"dvs128": {128, 128}, "davis240": {240, 180}, "davis346": {346, 260}}

func cameraNames() []string { return []string{"dvs128", "davis240", "davis346"} }

var cameraPattern = regexp.MustCompile(`(?i)dvs128|davis240|davis346`)

// cameraOf finds the name of a camera in the lines of a header which say what was recorded.
func cameraOf(lines []string) string {
	for _, line := range lines {
		if strings.Contains(line, "AEChip") || strings.Contains(line, "Source") || strings.Contains(line, "HardwareInterface") {
			if name := cameraPattern.FindString(line); name != "" {
				return strings.ToLower(name)
			}
		}
	}
	return ""
}
