package data

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/internal/memlimit"
)

// A long recording is read a window at a time, and never held.
func TestDVSLong(t *testing.T) {
	const n = 8 << 20
	path := filepath.Join(t.TempDir(), "long.aedat")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(file, "#!AER-DAT2.0\r\n")
	for k := 0; k < n; {
		var b []byte
		for range 1 << 16 {
			b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(k%128)<<1), uint32(k*20))
			k++
		}
		if _, err := file.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	peak, err := memlimit.Run(t, 24<<20, func() error {
		e, _, err := ReadDVS(path, DVSOptions{Camera: "dvs128", Window: 1000})
		if err != nil {
			return err
		}
		all := 0
		for i := range e.Len() {
			times, _, err := e.Example(i)
			if err != nil {
				return err
			}
			all += len(times)
		}
		if all != n || e.Len() != 168 {
			return fmt.Errorf("%d events in %d windows", all, e.Len())
		}
		return nil
	})
	t.Logf("%.1f MiB for %d MiB", float64(peak)/(1<<20), n*8>>20)
	if err != nil {
		t.Error(err)
	}
}

// Files that ask for more than they are.
func TestDVSBombs(t *testing.T) {
	info := aedat4Info(128, 128, "EVTS", "TRIG")
	header := aedat4Header(0, -1, info)
	packet := func(change func(b []byte)) []byte {
		b := aedat4Packet(0, "EVTS", randomEvents(3, 128, 128, 0))
		change(b)
		return append(slices.Clone(header), b...)
	}
	put := func(at int, v uint32) func([]byte) {
		return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
	}
	many := strings.Repeat(`<node name="1"><attr key="typeIdentifier">EVTS</attr></node>`, 16000)
	packet3 := func(each, events uint32) []byte {
		b := []byte("#!AER-DAT3.1\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n\x01\x00\x01\x00")
		for _, v := range []uint32{each, 4, 0, events, events, events} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	for name, content := range map[string][]byte{
		"header's size":          append([]byte("#!AER-DAT4.0\r\n"), 0xff, 0xff, 0xff, 0xff),
		"header's size negative": append([]byte("#!AER-DAT4.0\r\n"), 0, 0, 0, 0x80),
		"packet's size":          packet(put(4, 1<<31-1)),
		"packet's size negative": packet(put(4, 1<<31)),
		"root":                   packet(put(12, 1<<32-1)),
		"vtable":                 packet(put(28, 1<<31)),
		"vtable of itself":       packet(put(28, 0)),
		"vtable's size":          packet(put(20, 1<<32-1)),
		"vector":                 packet(put(32, 1<<32-1)),
		"vector's length":        packet(put(40, 1<<32-1)),
		"streams":                aedat4Header(0, -1, `<dv><node name="outInfo">`+many+`</node></dv>`),
		"attributes":             aedat4Header(0, -1, `<dv `+strings.Repeat(`a="" `, 200000)+`></dv>`),
		"a long text":            aedat4Header(0, -1, `<dv><node name="outInfo"><node name="0"><attr key="sizeX">`+strings.Repeat("9", 900000)+`</attr></node></node></dv>`),
		"packet of events":       packet3(8, 1<<31-1),
		"packet of large events": packet3(1<<31-1, 1<<31-1),
		"packet of no events":    slices.Concat(packet3(8, 0), []byte(strings.Repeat(string(packet3(8, 0)[47:]), 1<<16))),
		"a long header":          []byte("#!AER-DAT3.1\r\n" + strings.Repeat("# a line\r\n", 1<<19)),
		"a long line":            []byte("#!AER-DAT2.0\r\n#" + strings.Repeat("x", 1<<22)),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.aedat4")
			writeFile(t, path, string(content))
			peak, err := memlimit.Run(t, 64<<20, func() error {
				e, _, err := ReadDVS(path, DVSOptions{Window: 5})
				if err == nil && e.Len() > 0 {
					_, _, err = e.Example(0)
				}
				return err
			})
			t.Logf("%.1f MiB for %d kB: %.200v", float64(peak)/(1<<20), len(content)>>10, err)
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

// FuzzAEDAT reads a recording of any bytes, as one example and in windows.
func FuzzAEDAT(f *testing.F) {
	events := randomEvents(20, 128, 128, 5)
	f.Add(encodeAEDAT2("# a\r\n", "dvs128", events), uint8(0))
	f.Add(encodeAEDAT2("#!END", "davis240", events), uint8(1))
	f.Add(encodeAEDAT3("DVS128", events), uint8(0))
	f.Add(encodeAEDAT4(aedat4Info(128, 128, "EVTS", "TRIG"), events), uint8(0))
	f.Fuzz(func(t *testing.T, content []byte, camera uint8) {
		path := filepath.Join(t.TempDir(), "x.aedat")
		writeFile(t, path, string(content))
		for _, window := range []float64{0, 2} {
			o := DVSOptions{Window: window, Pool: 3}
			if strings.HasPrefix(string(content), "#!AER-DAT2") {
				o.Camera = cameraNames()[int(camera)%3]
			}
			e, _, err := ReadDVS(path, o)
			for i := 0; err == nil && i < min(e.Len(), 5); i++ {
				_, _, err = e.Example(i)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error %q has no path", err)
			}
		}
	})
}

// FuzzNMNIST reads a file of any bytes.
func FuzzNMNIST(f *testing.F) {
	f.Add(encodeNMNIST(randomEvents(20, 34, 34, 0)))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "x.bin")
		writeFile(t, path, string(content))
		r := &dvsReader{o: DVSOptions{Width: 34, Height: 34}.withDefaults(), open: openNMNIST, absolute: true}
		e, _, err := r.readClasses(path)
		if err == nil {
			_, _, err = e.Example(0)
		}
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("the error %q has no path", err)
		}
	})
}
