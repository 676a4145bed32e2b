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
)

// Options of the command line; the exporter's arguments and the targets follow: TARGET ... -- ARGS.
var (
	exporter = flag.String("exporter", "", "the program")
	module   = flag.String("module", "", "module of its configuration")
	auth     = flag.String("auth", "", "auth of its configuration")
	seconds  = flag.Float64("seconds", 2, "how long")
	window   = flag.Int("window", 16, "scrapes under way at once")
	expected = flag.Int("expected", 0, "varbinds of a whole scrape")
)

// counts is what one goroutine has done.
type counts struct {
	Requests   int     `json:"requests"`
	Varbinds   int     `json:"varbinds"`
	Seconds    float64 `json:"seconds"`
	Failed     int     `json:"failed"`     // scrapes
	Operations int     `json:"operations"` // whole ones
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
func scrape(client *http.Client, where, target string, body *bytes.Buffer, n *counts) bool {
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
	varbinds := sample(body.Bytes(), "snmp_scrape_pdus_returned")
	if packets < 0 || varbinds < 0 {
		return false
	}
	n.Requests += packets
	n.Varbinds += varbinds
	return varbinds == *expected
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
	began := time.Now()
	command, where, err := start(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "snmp_exporter:", err)
		os.Exit(1)
	}
	// Plain text: packing it would be more work for the exporter.
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: *window, DisableCompression: true}}
	end := began.Add(time.Duration(*seconds * float64(time.Second)))
	done := make([]counts, min(*window, len(targets)))
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range done {
		all.Add(1)
		go func() {
			defer all.Done()
			var body bytes.Buffer
			for time.Now().Before(end) {
				target := targets[int(next.Add(1)-1)%len(targets)]
				if scrape(client, where, target, &body, &done[i]) {
					done[i].Operations++
				} else {
					done[i].Failed++
				}
			}
		}()
	}
	all.Wait()
	var sum counts
	for _, n := range done {
		sum.Requests += n.Requests
		sum.Varbinds += n.Varbinds
		sum.Failed += n.Failed
		sum.Operations += n.Operations
	}
	sum.Seconds = time.Since(began).Seconds()
	// Waited for, so that its CPU counts.
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(sum); err != nil {
		os.Exit(1)
	}
}
