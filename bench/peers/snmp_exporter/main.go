// Starts snmp_exporter and scrapes it, for comparison: as many scrapes at a time as --window says,
// until --seconds are over; what was begun is ended. The exporter says itself how many packets and
// varbinds a scrape took. Its CPU is what counts, this program takes little of its own.
// bench/peers/README.md has what is printed; bench/runner/peers_exporter.py builds and starts it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Options of the command line; the exporter's arguments and the targets follow: TARGET ... -- ARGS.
var (
	exporter = flag.String("exporter", "", "the program")
	module   = flag.String("module", "", "module of its configuration")
	auth     = flag.String("auth", "", "auth of its configuration")
	seconds  = flag.Float64("seconds", 2, "how long")
	window   = flag.Int("window", 50, "scrapes under way at once")
	expected = flag.Int("expected", 0, "varbinds of a whole scrape")
)

const firstRound = 5 * time.Second // that it may take

// report is what is printed: of the time after the first round, but for operations.
type report struct {
	Requests   int64   `json:"requests"`
	Varbinds   int64   `json:"varbinds"`
	Seconds    float64 `json:"seconds"`
	CPU        float64 `json:"cpu"`        // of the exporter
	Failed     int64   `json:"failed"`     // scrapes, of the first round as well
	Operations int64   `json:"operations"` // whole ones, likewise
}

// What has been done so far.
var (
	began                                  = time.Now()
	requests, varbinds, failed, operations atomic.Int64
	base                                   report // when the first round was over
	pid                                    int    // of the exporter
)

// cpuUsed is that of the exporter: the clock of a process, as clock_getcpuclockid names it.
func cpuUsed() float64 {
	var t syscall.Timespec
	clock := uintptr(^pid<<3 | 2)
	if _, _, err := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock,
		uintptr(unsafe.Pointer(&t)), 0); err != 0 {
		return 0
	}
	return time.Duration(t.Nano()).Seconds()
}

// measure makes it count from here on, when each device has been asked once: what is done only at
// the first contact is left out, as it is of the others.
func measure() {
	base = report{requests.Load(), varbinds.Load(), time.Since(began).Seconds(), cpuUsed(), 0, 0}
}

var listening = regexp.MustCompile(`Listening on.*address=(\S+)`)

// start starts the exporter and waits until it listens: where.
func start(args []string) (*exec.Cmd, string, error) {
	command := exec.Command(*exporter, append(args, "--web.listen-address=127.0.0.1:0")...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := command.StderrPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", err
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return command, found[1], nil
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	return nil, "", fmt.Errorf("the exporter ended: %v", command.Wait())
}

// sample is the value of the one sample of a name in a text of metrics, -1 if it has none.
func sample(text []byte, name string) int {
	at := bytes.Index(text, []byte("\n"+name+"{"))
	if at < 0 {
		return -1
	}
	line, _, _ := bytes.Cut(text[at+1:], []byte("\n"))
	value, err := strconv.ParseFloat(string(line[bytes.LastIndexByte(line, ' ')+1:]), 64)
	if err != nil {
		return -1
	}
	return int(value)
}

// scrape is one operation: true if it was right.
func scrape(client *http.Client, where, target string, body *bytes.Buffer) bool {
	query := url.Values{"target": {target}, "module": {*module}, "auth": {*auth}}
	answer, err := client.Get("http://" + where + "/snmp?" + query.Encode())
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body.Reset()
	if _, err := body.ReadFrom(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return false
	}
	packets := sample(body.Bytes(), "snmp_scrape_packets_sent")
	values := sample(body.Bytes(), "snmp_scrape_pdus_returned")
	if packets < 0 || values < 0 {
		return false
	}
	requests.Add(int64(packets))
	varbinds.Add(int64(values))
	return values == *expected
}

// run scrapes the targets in turn until the time is over, or they were scraped often enough, and
// waits for the last.
func run(where string, targets []string, until time.Duration, most int) {
	// Plain text: packing it would be more work for the exporter.
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: *window, DisableCompression: true}}
	queue := make(chan string, len(targets))
	for _, target := range targets {
		queue <- target
	}
	var workers sync.WaitGroup
	var started atomic.Int64
	for range min(*window, len(targets)) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			var body bytes.Buffer
			for time.Since(began) < until && started.Add(1) <= int64(most) {
				target := <-queue
				if scrape(client, where, target, &body) {
					operations.Add(1)
				} else {
					failed.Add(1)
				}
				queue <- target
			}
		}()
	}
	workers.Wait()
	client.CloseIdleConnections()
}

func main() {
	flag.Parse()
	targets, args := flag.Args(), []string(nil)
	for i, arg := range targets {
		if arg == "--" {
			targets, args = targets[:i], targets[i+1:]
			break
		}
	}
	if len(targets) == 0 || *window < 1 {
		fmt.Fprintln(os.Stderr, "snmp_exporter: no targets, or no window")
		os.Exit(2)
	}
	command, where, err := start(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "snmp_exporter:", err)
		os.Exit(1)
	}
	pid = command.Process.Pid
	run(where, targets, time.Since(began)+firstRound, len(targets))
	measure()
	run(where, targets, time.Since(began)+time.Duration(*seconds*float64(time.Second)), math.MaxInt)
	sum := report{requests.Load() - base.Requests, varbinds.Load() - base.Varbinds,
		time.Since(began).Seconds() - base.Seconds, cpuUsed() - base.CPU,
		failed.Load(), operations.Load()}
	// Waited for, so that its CPU counts.
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(sum); err != nil {
		os.Exit(1)
	}
}
