package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/srnn-go/srnn/models/train"
	"github.com/srnn-go/srnn/models/train/traintest"
)

// randomEvents are events in the order of time, from first µs on, over a sensor.
func randomEvents(n, width, height int, first int64) []dvsEvent {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	events := make([]dvsEvent, n)
	for k := range events {
		first += rng.Int64N(3000)
		events[k] = dvsEvent{us: first, x: int32(rng.IntN(width)), y: int32(rng.IntN(height)), on: rng.IntN(2) == 1}
	}
	return events
}

// encodeAEDAT2 writes events as jAER does, and between them what is none.
func encodeAEDAT2(header, camera string, events []dvsEvent) []byte {
	b := []byte("#!AER-DAT2.0\r\n" + header)
	word := func(v uint32) { b = binary.BigEndian.AppendUint32(b, v) }
	for k, e := range events {
		var address uint32
		if camera == "dvs128" {
			address = uint32(e.y)<<8 | uint32(e.x)<<1
			if !e.on {
				address |= 1
			}
		} else {
			address = uint32(e.y)<<22 | uint32(e.x)<<12
			if e.on {
				address |= 1 << 11
			}
		}
		word(address)
		word(uint32(e.us))
		if k%3 == 0 { // something else
			if camera == "dvs128" {
				word(0x8000)
			} else {
				word([]uint32{1<<31 | 77, 1 << 10, 1<<31 | 1<<10}[k%9/3])
			}
			word(uint32(e.us))
		}
	}
	return b
}

// encodeAEDAT3 writes packets of events, and between them those of another type and events that were taken out.
func encodeAEDAT3(source string, events []dvsEvent) []byte {
	b := []byte("#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: " + source + "\r\n#!END-HEADER\r\n")
	le := binary.LittleEndian
	packet := func(kind uint16, each, offset, overflow, events uint32) {
		b = le.AppendUint16(le.AppendUint16(b, kind), 1)
		for _, v := range []uint32{each, offset, overflow, events, events, events} {
			b = le.AppendUint32(b, v)
		}
	}
	for len(events) > 0 {
		n := 1
		for n < len(events) && n < 100 && events[n].us>>31 == events[0].us>>31 {
			n++
		}
		packet(2, 12, 0, 0, 2)
		b = append(b, make([]byte, 24)...)
		packet(1, 8, 4, uint32(events[0].us>>31), uint32(n+1))
		b = append(b, make([]byte, 8)...)
		for _, e := range events[:n] {
			data := uint32(e.x)<<17 | uint32(e.y)<<2 | 1
			if e.on {
				data |= 2
			}
			b = le.AppendUint32(le.AppendUint32(b, data), uint32(e.us&(1<<31-1)))
		}
		events = events[n:]
	}
	return b
}

// flatSized puts the size before a buffer.
func flatSized(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// flatWords are words of 32 bits, the low byte first.
func flatWords(words ...uint32) (b []byte) {
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

func aedat4Header(compression uint32, table int64, info string) []byte {
	b := flatWords(24)
	b = append(b, "IOHE"...)
	b = append(b, 10, 0, 20, 0, 4, 0, 8, 0, 16, 0, 0, 0, 0, 0, 0, 0) // the vtable, and what fills up to the table at 24
	b = append(b, flatWords(16, compression, uint32(table), uint32(table>>32), 4, uint32(len(info)))...)
	b = append(b, info...)
	return append([]byte("#!AER-DAT4.0\r\n"), flatSized(append(b, make([]byte, 8-len(info)%8)...))...)
}

func aedat4Packet(stream uint32, kind string, events []dvsEvent) []byte {
	b := flatWords(16)
	b = append(b, kind...)
	b = append(b, 6, 0, 8, 0, 4, 0, 0, 0)
	b = append(b, flatWords(8, 8, 0, uint32(len(events)))...)
	for _, e := range events {
		b = binary.LittleEndian.AppendUint64(b, uint64(e.us))
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(e.x)), uint16(e.y))
		on := byte(0)
		if e.on {
			on = 1
		}
		b = append(b, on, 0, 0, 0)
	}
	b = flatSized(b)
	return append(flatWords(stream, uint32(len(b))), b...)
}

// aedat4Info is the XML of streams of kinds, as DV writes it.
func aedat4Info(width, height int, kinds ...string) string {
	var b strings.Builder
	b.WriteString(`<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">`)
	for k, kind := range kinds {
		fmt.Fprintf(&b, `<node name="%d" path="/mainloop/Recorder/outInfo/%d/"><attr key="compression" type="string">NONE</attr>`+
			`<attr key="originalModuleName" type="string">capture</attr><attr key="originalOutputName" type="string">events</attr>`+
			`<attr key="typeDescription" type="string">x</attr><attr key="typeIdentifier" type="string">%s</attr>`+
			`<node name="info" path="/mainloop/Recorder/outInfo/%d/info/"><attr key="sizeX" type="int">%d</attr>`+
			`<attr key="sizeY" type="int">%d</attr><attr key="source" type="string">DAVIS346_1</attr></node></node>`, k, k, kind, k, width, height)
	}
	b.WriteString(`</node></dv>`)
	return b.String()
}

// encodeAEDAT4 writes packets of events, and between them those of another stream.
func encodeAEDAT4(info string, events []dvsEvent) []byte {
	var packets []byte
	for len(events) > 0 {
		n := min(len(events), 150)
		packets = append(packets, aedat4Packet(0, "EVTS", events[:n])...)
		packets = append(packets, aedat4Packet(1, "TRIG", nil)...)
		events = events[n:]
	}
	header := aedat4Header(0, -1, info)
	header = aedat4Header(0, int64(len(header)+len(packets)), info)
	table := aedat4Packet(0, "FTAB", nil)[8:]
	return slices.Concat(header, packets, table)
}

func encodeNMNIST(events []dvsEvent) (b []byte) {
	later := int64(0)
	for _, e := range events {
		for e.us-later >= 1<<23 {
			b = append(b, 1, 240, 0, 0, 0)
			later += 1 << 13
		}
		us := e.us - later
		p := byte(0)
		if e.on {
			p = 0x80
		}
		b = append(b, byte(e.x), byte(e.y), p|byte(us>>16), byte(us>>8), byte(us))
	}
	return b
}

// wantEvents checks an example against events, whose times are to be from zero on, in µs.
func wantEvents(t *testing.T, e *Events, i int, events []dvsEvent, zero int64, width, height int) {
	t.Helper()
	times, units, err := e.Example(i)
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != len(events) {
		t.Fatalf("example %d has %d events, want %d", i, len(times), len(events))
	}
	for k, v := range events {
		unit := int(v.y)*width + int(v.x)
		if v.on {
			unit += width * height
		}
		if ms := float64(v.us-zero) / 1000; times[k] != ms || units[k] != uint32(unit) {
			t.Fatalf("example %d: event %d is of unit %d at %v ms, want %d at %v", i, k, units[k], times[k], unit, ms)
		}
	}
}

// Each format gives the events that were written, to the microsecond, whatever else the file has.
func TestAEDAT(t *testing.T) {
	const unix = 1_700_000_000_000_000
	for _, c := range []struct {
		name          string
		width, height int
		events        []dvsEvent
		content       func([]dvsEvent) []byte
		o             DVSOptions
	}{
		{"2 DVS128", 128, 128, randomEvents(9000, 128, 128, 5), func(e []dvsEvent) []byte {
			return encodeAEDAT2("# AEChip: ch.unizh.ini.jaer.chip.retina.DVS128\r\n", "dvs128", e)
		}, DVSOptions{}},
		{"2 DAVIS240", 240, 180, randomEvents(9000, 240, 180, 5), func(e []dvsEvent) []byte {
			return encodeAEDAT2("# created by hand\r\n#End Of ASCII Header\r\n", "davis240", e)
		}, DVSOptions{Camera: "davis240"}},
		{"2 DAVIS346", 346, 260, randomEvents(500, 346, 260, 5), func(e []dvsEvent) []byte {
			return encodeAEDAT2("# AEChip: eu.seebetter.ini.chips.davis.Davis346mini\r\n", "davis346", e)
		}, DVSOptions{Camera: "davis346"}},
		{"2 times that wrap around", 128, 128, randomEvents(3000, 128, 128, 1<<32-2_000_000), func(e []dvsEvent) []byte {
			return encodeAEDAT2("", "dvs128", e)
		}, DVSOptions{Camera: "dvs128"}},
		{"3.1", 128, 128, randomEvents(2000, 128, 128, 7<<31-1_000_000), func(e []dvsEvent) []byte { return encodeAEDAT3("DVS128", e) }, DVSOptions{}},
		{"3.1 of another camera", 640, 480, randomEvents(200, 640, 480, 0), func(e []dvsEvent) []byte { return encodeAEDAT3("Other", e) },
			DVSOptions{Width: 640, Height: 480}},
		{"4", 346, 260, randomEvents(2000, 346, 260, unix), func(e []dvsEvent) []byte { return encodeAEDAT4(aedat4Info(346, 260, "EVTS", "TRIG"), e) }, DVSOptions{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.aedat")
			writeFile(t, path, string(c.content(c.events)))
			e, classes, err := ReadDVS(path, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if e.Len() != 1 || e.Units() != 2*c.width*c.height || classes != nil || e.Label(0) != train.Ignore {
				t.Errorf("%v, %v, label %d", e, classes, e.Label(0))
			}
			wantEvents(t, e, 0, c.events, c.events[0].us, c.width, c.height)

			// The same in windows of 100 ms, the last of which is as long.
			c.o.Window = 100
			if e, _, err = ReadDVS(path, c.o); err != nil {
				t.Fatal(err)
			}
			first, all := c.events[0].us, 0
			for i := range e.Len() {
				var in []dvsEvent
				for _, v := range c.events {
					if (v.us-first)/100_000 == int64(i) {
						in = append(in, v)
					}
				}
				wantEvents(t, e, i, in, first+int64(i)*100_000, c.width, c.height)
				all += len(in)
			}
			if all != len(c.events) {
				t.Errorf("%d of %d events are in windows", all, len(c.events))
			}
			if d, err := e.Bin(Binning{Dt: 10}); err != nil || d.Spec().Steps != 10 {
				t.Errorf("a window of 100 ms has %d steps of 10 ms, %v", d.Spec().Steps, err)
			}
		})
	}
}

// Pixels are brought together, and polarities, as asked for.
func TestDVSPool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.aedat")
	events := []dvsEvent{{0, 0, 0, false}, {10, 34, 33, true}, {20, 4, 34, true}}
	writeFile(t, path, string(encodeAEDAT3("x", events)))
	for _, c := range []struct {
		o     DVSOptions
		units int
		want  []uint32
	}{
		{DVSOptions{Width: 35, Height: 35, Pool: 4}, 162, []uint32{0, 81 + 8*9 + 8, 81 + 8*9 + 1}},
		{DVSOptions{Width: 35, Height: 35, Pool: 4, OnePolarity: true}, 81, []uint32{0, 8*9 + 8, 8*9 + 1}},
		{DVSOptions{Width: 35, Height: 35, Pool: 100}, 2, []uint32{0, 1, 1}},
	} {
		e, _, err := ReadDVS(path, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, units, err := e.Example(0); err != nil || e.Units() != c.units || !slices.Equal(units, c.want) {
			t.Errorf("%+v: %d units, events of %v, %v; want %d, %v", c.o, e.Units(), units, err, c.units, c.want)
		}
	}
}

// Folders are classes.
func TestDVSFolders(t *testing.T) {
	dir := t.TempDir()
	for k, name := range []string{"b/2.aedat", "b/1.aedat4", "a/x.AEDAT"} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		events := randomEvents(10+k, 128, 128, 0)
		content := encodeAEDAT3("DVS128", events)
		if strings.HasSuffix(name, "4") {
			content = encodeAEDAT4(aedat4Info(128, 128, "EVTS", "TRIG"), events)
		}
		writeFile(t, filepath.Join(dir, name), string(content))
	}
	writeFile(t, filepath.Join(dir, "a", "notes.txt"), "of no interest")
	e, classes, err := ReadDVS(dir, DVSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(classes, []string{"a", "b"}) || e.Len() != 3 || e.Label(0) != 0 || e.Label(1) != 1 || e.Label(2) != 1 {
		t.Errorf("classes are %v, %v", classes, e)
	}
	wantEvents(t, e, 1, randomEvents(11, 128, 128, 0), randomEvents(11, 128, 128, 0)[0].us, 128, 128)
	d, err := e.Bin(Binning{Dt: 1})
	if err != nil {
		t.Fatal(err)
	}
	traintest.Dataset(t, d)
}

func TestNMNIST(t *testing.T) {
	dir := t.TempDir()
	want := map[string][]dvsEvent{}
	for p, part := range []string{"Train", "Test"} {
		for digit := range 10 {
			for k := range 2 {
				name := fmt.Sprintf("%s/%d/%05d.bin", part, digit, k)
				want[name] = randomEvents(100+40*p+4*digit+k, 34, 34, int64(k)*9_000_000)
				os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
				writeFile(t, filepath.Join(dir, name), string(encodeNMNIST(want[name])))
			}
		}
	}
	training, test, err := ReadNMNIST(dir, DVSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for part, e := range map[string]*Events{"Train": training, "Test": test} {
		if e.Len() != 20 || e.Units() != 2312 || e.Classes() != 10 {
			t.Fatalf("%s: %v", part, e)
		}
		for i := range e.Len() {
			if e.Label(i) != i/2 {
				t.Errorf("%s: label %d is %d", part, i, e.Label(i))
			}
			wantEvents(t, e, i, want[fmt.Sprintf("%s/%d/%05d.bin", part, i/2, i%2)], 0, 34, 34)
		}
	}
	os.RemoveAll(filepath.Join(dir, "Test", "3"))
	if _, _, err := ReadNMNIST(dir, DVSOptions{}); err == nil || !strings.Contains(err.Error(), "want one for each digit") {
		t.Errorf("a digit is missing: %v", err)
	}
}

func TestDVSGesture(t *testing.T) {
	dir := t.TempDir()
	events := randomEvents(4000, 128, 128, 1_000_000)
	at := func(k int) int64 { return events[k].us }
	for name, content := range map[string]string{
		"trials_to_train.txt":        "user01_led.aedat\r\n",
		"trials_to_test.txt":         "user24_led.aedat\r\n",
		"user01_led.aedat":           string(encodeAEDAT3("DVS128", events)),
		"user24_led.aedat":           string(encodeAEDAT3("DVS128", events[:100])),
		"user01_led_labels.csv":      fmt.Sprintf("class,startTime_usec,endTime_usec\n11,%d,%d\n1,%d,%d\n", at(50), at(800), at(900), at(3999)+5),
		"user24_led_labels.csv":      fmt.Sprintf("class,startTime_usec,endTime_usec\n3,%d,%d\n", at(10), at(20)),
		"gesture_mapping_unused.csv": "",
	} {
		writeFile(t, filepath.Join(dir, name), content)
	}
	training, test, err := ReadDVSGesture(dir, DVSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if training.Len() != 2 || training.Label(0) != 10 || training.Label(1) != 0 || training.Speaker(0) != 1 || test.Speaker(0) != 24 || test.Label(0) != 2 {
		t.Errorf("%v and %v", training, test)
	}
	// Several events may be of one time: those at the end belong to what follows.
	in := func(from, to int64) (some []dvsEvent) {
		for _, e := range events {
			if e.us >= from && e.us < to {
				some = append(some, e)
			}
		}
		return some
	}
	wantEvents(t, training, 0, in(at(50), at(800)), at(50), 128, 128)
	wantEvents(t, training, 1, in(at(900), at(3999)+5), at(900), 128, 128)
	wantEvents(t, test, 0, in(at(10), at(20)), at(10), 128, 128)
	for table, want := range map[string]string{
		"":             "line 1: there is no header",
		"class,a,b":    "line 1: header is",
		"1,2":          "line 2: has 2 columns",
		"x,1,2":        `line 2: column 1 is "x"`,
		"0,1,2":        "line 2: class is 0, want 1 to 11",
		"1,5,5":        "line 2: from 5 to 5",
		"1,1,5\n1,4,9": "line 3: from 4 to 9",
	} {
		if table != "" && !strings.HasPrefix(table, "class") {
			table = "class,startTime_usec,endTime_usec\n" + table
		}
		if _, err := parseGestures(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want one with %q", table, err, want)
		}
	}
}

func TestDVSRefuses(t *testing.T) {
	events := randomEvents(20, 128, 128, 0)
	info := aedat4Info(128, 128, "EVTS", "TRIG")
	a2, a3, a4 := encodeAEDAT2("", "dvs128", events), encodeAEDAT3("DVS128", events), encodeAEDAT4(info, events)
	back := encodeAEDAT2("", "dvs128", []dvsEvent{{us: 5_000_000}, {us: 10}})
	dvs := DVSOptions{Camera: "dvs128"}
	header := len(aedat4Header(0, -1, info))
	for _, c := range []struct {
		name    string
		content []byte
		o       DVSOptions
		want    string
	}{
		{"nothing", nil, dvs, "is no AEDAT file"},
		{"something else", []byte("PK\x03\x04 and so on for a while"), dvs, "is no AEDAT file"},
		{"version 1", []byte("#!AER-DAT1.0\r\nabc"), dvs, `is of AEDAT version "1.0"`},
		{"version 2.01", []byte("#!AER-DAT2.01\r\nabc"), dvs, `is of AEDAT version "2.01"`},
		{"version 4 with other line ends", []byte("#!AER-DAT4.0\nabc"), dvs, "line ends were changed"},
		{"version 3.0", []byte("#!AER-DAT3.0\r\nabc"), dvs, `is of AEDAT version "3.0"`},
		{"2 without a camera", a2, DVSOptions{}, "Camera must, one of dvs128, davis240, davis346"},
		{"2 of another camera", encodeAEDAT2("# AEChip: DVS128\r\n", "dvs128", events), DVSOptions{Camera: "davis240"}, "is of camera dvs128, not davis240"},
		{"2 cut off", a2[:len(a2)-3], dvs, "ends within an event"},
		{"2 whose clock is reset", back, dvs, "time goes back by 4999990 µs"},
		{"2 outside of the sensor", encodeAEDAT2("", "davis240", []dvsEvent{{x: 300}}), DVSOptions{Camera: "davis240"}, "pixel (300, 0), want less than (240, 180)"},
		{"3 without an end of its header", []byte("#!AER-DAT3.1\r\n"), dvs, "has no line #!END-HEADER"},
		{"3 cut off", a3[:len(a3)-3], dvs, "but the file ends after"},
		{"3 cut off in a header", append(slices.Clone(a3), 1, 2), dvs, "ends within a packet's header"},
		{"3 of an unknown size", encodeAEDAT3("x", events), DVSOptions{}, "Width and Height must"},
		{"4 compressed", aedat4Header(1, -1, info), dvs, "compressed with LZ4, which is not read"},
		{"4 compressed in another way", aedat4Header(3, -1, info), dvs, "compressed with ZSTD, which is not read"},
		{"4 compressed in an unknown way", aedat4Header(9, -1, info), dvs, "compressed with 9"},
		{"4 with frames only", aedat4Header(0, -1, aedat4Info(9, 9, "FRME")), dvs, `has no stream of events (EVTS) among 1: "FRME"`},
		{"4 with two streams", aedat4Header(0, -1, aedat4Info(9, 9, "EVTS", "EVTS")), dvs, "has several streams of events, 0 and 1"},
		{"4 without XML", aedat4Header(0, -1, ""), dvs, "has no stream of events"},
		{"4 with half an XML", aedat4Header(0, -1, info[:200]), dvs, "XML"},
		{"4 with deep XML", aedat4Header(0, -1, strings.Repeat("<a>", 1000)), dvs, "is nested deeper than 64"},
		{"4 whose table is nowhere", aedat4Header(0, 1<<40, info), dvs, "the table of packets is at byte 1099511627776"},
		{"4 whose table is in the header", aedat4Header(0, 30, info), dvs, "the table of packets is at byte 30"},
		{"4 cut off", a4[:header+30], DVSOptions{}, "the table of packets is at byte"},
		{"4 with another sensor", a4, DVSOptions{Width: 3, Height: 3}, "the sensor has 128 × 128 pixels, not 3 × 3"},
		{"4 with a packet of another kind", append(aedat4Header(0, -1, info), aedat4Packet(0, "FRME", nil)...), DVSOptions{}, "is not of the kind EVTS"},
		{"4 before its time", append(aedat4Header(0, -1, info), aedat4Packet(0, "EVTS", []dvsEvent{{us: -1}})...), DVSOptions{}, "an event is at -1 µs"},
		{"4 outside of the sensor", append(aedat4Header(0, -1, info), aedat4Packet(0, "EVTS", []dvsEvent{{x: -1}})...), DVSOptions{}, "pixel (-1, 0)"},
		{"windows without end", append(aedat4Header(0, -1, info), aedat4Packet(0, "EVTS", []dvsEvent{{}, {us: 1 << 52}})...), DVSOptions{Window: 1}, "are its times right?"},
		{"a camera that there is not", a2, DVSOptions{Camera: "x"}, `Camera is "x"`},
		{"a width alone", a3, DVSOptions{Width: 3}, "Width is 3 and Height 0"},
		{"a window that is none", a3, DVSOptions{Window: -1}, "Window is -1"},
		{"no pool", a3, DVSOptions{Pool: -1}, "Pool is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.aedat")
			writeFile(t, path, string(c.content))
			e, _, err := ReadDVS(path, c.o)
			if err == nil && e.Len() > 0 {
				_, _, err = e.Example(0)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) && !bytes.Contains([]byte(c.want), []byte(" is ")) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}
