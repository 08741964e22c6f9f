// Package embedded runs a Temporal server inside the program, for a project that has no cluster: its state is one SQLite file
// in the project's temporal folder, its four services and its web page listen on the loopback interface alone.
//
// Only the program imports this package: the server takes minutes to build.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// Options say where the server keeps its state and what it offers.
type Options struct {
	Dir       string        // the project's temporal folder; made when absent, readable by its owner alone
	Namespace string        // made when absent
	Retention time.Duration // of finished runs, for a namespace that is made
	UI        bool          // whether the web page is served
	UIPort    int           // its port; 0, or a port that is taken: any free one
	Worker    bool          // told to those who look for the server: whether its process carries out runs too
}

// Validate names the option that can't be used.
func (o Options) Validate() error {
	switch {
	case o.Dir == "":
		return errors.New("Dir: is empty")
	case o.Namespace == "":
		return errors.New("Namespace: is empty")
	case o.Retention < 24*time.Hour:
		return errors.New("Retention: is shorter than a day")
	}
	return nil
}

// Server is a running server. It holds the lock on its folder until it is stopped.
type Server struct {
	address Address
	dir     string
	lock    *os.File
	log     *serverLog
	server  temporal.Server
	ui      *webUI
}

// ErrRunning says that another process runs a server on the same folder. Find tells where.
var ErrRunning = errors.New("another process is running this project's server")

const loopback = "127.0.0.1"

// Start starts a server and waits until it answers. The error is ErrRunning when another process holds the folder.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(o.Dir, 0o700); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, lock: lock}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	logger, err := openLog(dir)
	if err != nil {
		return nil, err
	}
	s.log = logger
	if err := prepare(dir, o.Namespace, o.Retention); err != nil {
		return nil, err
	}
	// A port may be taken by another process between finding it free and listening on it: try twice.
	for try := 0; ; try++ {
		if err = s.launch(ctx, dir, o.Namespace, logger); err == nil {
			break
		}
		if try == 1 || ctx.Err() != nil {
			return nil, err
		}
	}
	s.address.PID = os.Getpid()
	s.address.Namespace, s.address.Worker = o.Namespace, o.Worker
	if o.UI {
		if s.ui, err = startUI(s.address.Frontend, o.Namespace, o.UIPort); err != nil {
			return nil, fmt.Errorf("web page: %w", err)
		}
		s.address.UI = s.ui.url
	}
	if err := s.address.write(dir); err != nil {
		return nil, err
	}
	return s, nil
}

// Address is where the server listens.
func (s *Server) Address() Address { return s.address }

// Stop ends the web page and the server, and gives the folder free. Runs that haven't ended go on when a server is started
// on the folder again.
func (s *Server) Stop() {
	if s.address.PID != 0 {
		_ = os.Remove(filepath.Join(s.dir, addressFile))
	}
	if s.ui != nil {
		s.ui.stop()
	}
	if s.server != nil {
		_ = s.server.Stop()
	}
	if s.log != nil {
		s.log.close()
	}
	_ = s.lock.Close() // which unlocks
}

// launch starts the four services on free ports and waits until the frontend answers.
func (s *Server) launch(ctx context.Context, dir, namespace string, logger log.Logger) error {
	ports, err := freePorts(8)
	if err != nil {
		return err
	}
	address := func(i int) string { return net.JoinHostPort(loopback, strconv.Itoa(ports[i])) }
	hosts := func(i int) static.Hosts { return static.Hosts{All: []string{address(i)}, Self: address(i)} }
	service := func(i int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: ports[i], MembershipPort: ports[i+4], BindOnIP: loopback}}
	}
	cfg := &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}},
		Persistence: config.Persistence{
			DefaultStore: sqliteplugin.PluginName, VisibilityStore: sqliteplugin.PluginName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{sqliteplugin.PluginName: {SQL: database(dir)}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address(0)},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{"frontend": service(0), "history": service(1), "matching": service(2), "worker": service(3)},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
		PublicClient: config.PublicClient{HostPort: address(0)},
	}
	srv, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: hosts(0), primitives.HistoryService: hosts(1),
			primitives.MatchingService: hosts(2), primitives.WorkerService: hosts(3),
		}),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return authorization.NewNoopClaimMapper() }),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			// One partition is all that a single process needs, and halves the hops of a task.
			dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
			dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		}),
	)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if err := srv.Start(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.server, s.address.Frontend = srv, address(0)
	if err := answers(ctx, address(0), namespace); err != nil {
		_ = srv.Stop()
		s.server = nil
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// answers waits until a frontend knows the namespace, at most 30 s.
func answers(ctx context.Context, address, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	return nil
}

// silent drops what a client says while its server starts.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

// freePorts finds n different ports on the loopback interface that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// touch makes a file that its owner alone may read. What SQLite and the logger open later keeps that mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// uriPath writes a path as SQLite's URI filenames want it.
func uriPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
